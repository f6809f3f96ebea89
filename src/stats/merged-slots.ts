import { isTouched } from './untouched.ts'

/** The slots of one name over all threads. Reading them is the main thread's only access to them. */
export class MergedSlots {
  readonly #views: Float64Array[] = []
  readonly #indices: number[] = []

  add(view: Float64Array, index: number): void {
    this.#views.push(view)
    this.#indices.push(index)
  }

  sum(): number {
    let sum = 0
    for (let i = 0; i < this.#views.length; i++) sum += this.#views[i]![this.#indices[i]!]!
    return sum
  }

  /** Whether any thread has ever written its slot. */
  touched(): boolean {
    return this.#views.some((view, i) => isTouched(view[this.#indices[i]!]!))
  }
}
