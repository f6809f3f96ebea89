/** What an epoch tells the supervisor that started it, over the channel that the runtime keeps between the two. */
const NOTICE = 'nuncio: serving'

/** Workers accept and the parent drains: the next epoch may come. Nothing happens where nobody supervises. */
export function sendServingNotice(): void {
  process.send?.(NOTICE)
}

export function isServingNotice(message: unknown): boolean {
  return message === NOTICE
}
