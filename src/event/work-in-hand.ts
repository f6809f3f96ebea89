/** How much of what clients wait for a thread has in hand, and how much is done: what can wait is put off until nobody does. */
export class WorkInHand {
  #inHand = 0
  #done = 0

  begins(): void {
    this.#inHand++
  }

  ends(): void {
    this.#inHand--
    this.#done++
  }

  /** Whether nothing is in hand and at least so much was done since the last time that this was true. */
  pausesAfter(least: number): boolean {
    if (this.#inHand > 0 || this.#done < least) return false
    this.#done = 0
    return true
  }
}
