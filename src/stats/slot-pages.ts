import { UNTOUCHED } from './untouched.ts'

const SLOTS_PER_PAGE = 4096

/** A place for one number: the page's view, its number within the thread, and the index in the view. */
export interface Slot {
  readonly slots: Float64Array
  readonly page: number
  readonly index: number
}

/** Hands out slots of shared memory, page by page. Only the thread that owns the pages writes to them. */
export class SlotPages {
  readonly #slotsPerPage: number
  #announced: SharedArrayBuffer[] = []
  #view: Float64Array = new Float64Array(0)
  #page = -1
  #used = 0

  constructor(slotsPerPage: number = SLOTS_PER_PAGE) {
    this.#slotsPerPage = slotsPerPage
  }

  allocate(): Slot {
    if (this.#used === this.#view.length) this.#addPage()
    return { slots: this.#view, page: this.#page, index: this.#used++ }
  }

  /** Pages added since the previous call. */
  takeNewPages(): readonly SharedArrayBuffer[] {
    const pages = this.#announced
    this.#announced = []
    return pages
  }

  #addPage(): void {
    const buffer = new SharedArrayBuffer(this.#slotsPerPage * Float64Array.BYTES_PER_ELEMENT)
    this.#view = new Float64Array(buffer).fill(UNTOUCHED)
    this.#page++
    this.#used = 0
    this.#announced.push(buffer)
  }
}
