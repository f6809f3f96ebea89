import { isTouched } from './untouched.ts'

/**
 * The slots of one name over all threads. Reading them is the main thread's only access to them. Most stats have one
 * slot, of which there may be a million; hence no list before there is a second.
 */
export class MergedSlots {
  #view: Float64Array | undefined
  #index = 0
  #next: MergedSlots | undefined

  add(view: Float64Array, index: number): void {
    if (this.#view === undefined) {
      this.#view = view
      this.#index = index
      return
    }
    this.#next ??= new MergedSlots()
    this.#next.add(view, index)
  }

  sum(): number {
    const own = this.#view?.[this.#index] ?? 0
    return own + (this.#next?.sum() ?? 0)
  }

  /** Whether any thread has ever written its slot. */
  touched(): boolean {
    const own = this.#view?.[this.#index]
    return (own !== undefined && isTouched(own)) || (this.#next?.touched() ?? false)
  }
}
