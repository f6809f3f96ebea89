/**
 * A hierarchical timing wheel (Varghese and Lauck, scheme 7): arming, re-arming and disarming cost the same whatever
 * the delay and however many timers there are, and allocate nothing.
 *
 * Time is counted in ticks. Level 0 has a slot per tick, each level above a slot per 32 slots of the level below. A
 * timer waits in the level that its delay fits in and moves down when its slot begins, so that ten thousand timers of
 * an hour mean one wake-up every quarter of an hour, not ten thousand.
 */

/** One timer; belongs to one wheel for life. Only the wheel changes it. */
export class WheelNode {
  readonly callback: () => void
  /** -1: not armed. */
  slot = -1
  deadline = 0
  next: WheelNode
  prev: WheelNode

  constructor(callback: () => void) {
    this.callback = callback
    this.next = this
    this.prev = this
  }

  get armed(): boolean {
    return this.slot >= 0
  }
}

const SLOT_BITS = 5
const SLOTS = 1 << SLOT_BITS
const LEVELS = 7
/** Ticks per slot of a level: 1, 32, 1024 … Numbers, as ticks outgrow 32 bits after weeks. */
const UNITS: readonly number[] = Array.from({ length: LEVELS }, (_, level) => SLOTS ** level)
/** The longest delay; what is longer is looked at again then. */
const SPAN = SLOTS ** LEVELS - 1
/** So many timers are looked at one by one. */
const SHORT_LIST = 16
/** In the list of what is due. */
const DUE_SLOT = LEVELS * SLOTS

/**
 * The wheel stands, and deadlines are, half a tick behind the tick they mean: compiled code keeps both as doubles, and
 * would be thrown away for a number that is an integer this time.
 */
const BEHIND = 0.5

export class TimerWheel {
  /** Everything before this has been fired. */
  #now: number
  readonly #slots: readonly WheelNode[] = Array.from({ length: LEVELS * SLOTS + 1 }, () => new WheelNode(nothing))
  /** Bit s of word l: slot s of level l is not empty. */
  readonly #occupied = new Int32Array(LEVELS + 1)
  #count = 0

  constructor(startTick: number) {
    this.#now = startTick + BEHIND
  }

  /** Armed timers. */
  get size(): number {
    return this.#count
  }

  /** Fires at the first `advance` to `deadline` or later; a tick that has passed counts as the next one. */
  arm(node: WheelNode, deadline: number): void {
    const due = deadline > this.#now ? deadline + BEHIND : this.#now + 1
    if (node.slot >= 0) {
      const later = due >= node.deadline
      node.deadline = due
      // Put off again and again, as idle timers are: it stays where it is and moves on when its slot begins.
      if (later) return
      this.#unlink(node)
    } else {
      this.#count++
      node.deadline = due
    }
    this.#place(node)
  }

  disarm(node: WheelNode): void {
    if (node.slot < 0) return
    this.#unlink(node)
    node.slot = -1
    this.#count--
  }

  /** The next tick at which `advance` has something to do (perhaps only to move timers down), or undefined when idle. */
  nextTick(): number | undefined {
    if (this.#count === 0) return undefined
    let next = Infinity
    for (let level = 0; level < LEVELS; level++) {
      const at = this.#firstBlock(level) * UNITS[level]!
      if (at < next) next = at
    }
    return next
  }

  /**
   * When to call `advance`, or undefined when idle: at the next deadline, as far as it takes a short look. Moving timers
   * down a level alone is no reason to wake up, but for the sake of those behind them.
   */
  nextWake(): number | undefined {
    if (this.#count === 0) return undefined
    let next = Infinity
    for (let level = 0; level < LEVELS; level++) {
      const unit = UNITS[level]!
      const block = this.#firstBlock(level)
      const at = block * unit
      if (at >= next) continue
      next = Math.min(next, level === 0 ? at : this.#firstDeadline(level * SLOTS + (block % SLOTS), at, at + unit))
    }
    return next
  }

  /** The next slot of the level that is not empty, counted in slots from tick 0; Infinity if all are. */
  #firstBlock(level: number): number {
    const bits = this.#occupied[level]!
    if (bits === 0) return Infinity
    const block = Math.floor(this.#now / UNITS[level]!)
    return block + distanceToBit(bits, block % SLOTS)
  }

  /** Of a slot that begins at `from`; at most `until`, where the next slot begins; `from` for one of many timers. */
  #firstDeadline(slot: number, from: number, until: number): number {
    const list = this.#slots[slot]!
    let first = until
    let seen = 0
    for (let node = list.next; node !== list; node = node.next) {
      if (++seen > SHORT_LIST) return from
      if (node.deadline < first) first = Math.floor(node.deadline)
    }
    return first
  }

  /**
   * Fires everything due up to `tick`, in the order of the deadlines (equal ones in any order). `onTick` is told the tick before its timers run,
   * for clocks that are moved by hand. Timers armed by a callback wait for a later tick, so that this ends.
   */
  advance(tick: number, onTick?: (tick: number) => void): void {
    for (;;) {
      const next = this.nextTick()
      if (next === undefined || next > tick) break
      this.#now = next + BEHIND
      this.#cascade(next)
      const due = this.#slots[DUE_SLOT]!
      if (due.next === due) continue
      onTick?.(next)
      while (due.next !== due) {
        const node = due.next
        this.disarm(node)
        node.callback()
      }
    }
    if (tick > this.#now) this.#now = tick + BEHIND
  }

  #place(node: WheelNode): void {
    const delay = Math.min(node.deadline - this.#now, SPAN)
    let level = 0
    while (delay >= UNITS[level]! * SLOTS) level++
    const slot = Math.floor((this.#now + delay) / UNITS[level]!) % SLOTS
    this.#link(node, level * SLOTS + slot)
  }

  /** Moves down what waits in slots that begin with this tick; what is due now ends in the list of its own. */
  #cascade(tick: number): void {
    for (let level = LEVELS - 1; level >= 0; level--) {
      const unit = UNITS[level]!
      if (tick % unit !== 0) continue
      const list = this.#slots[level * SLOTS + (Math.floor(tick / unit) % SLOTS)]!
      while (list.next !== list) {
        const node = list.next
        this.#unlink(node)
        if (node.deadline <= this.#now) this.#link(node, DUE_SLOT)
        else this.#place(node)
      }
    }
  }

  #link(node: WheelNode, slot: number): void {
    const list = this.#slots[slot]!
    node.slot = slot
    node.next = list
    node.prev = list.prev
    list.prev.next = node
    list.prev = node
    this.#occupied[slot >> SLOT_BITS]! |= 1 << (slot & (SLOTS - 1))
  }

  #unlink(node: WheelNode): void {
    const { next, prev, slot } = node
    prev.next = next
    next.prev = prev
    node.next = node
    node.prev = node
    if (next === prev) this.#occupied[slot >> SLOT_BITS]! &= ~(1 << (slot & (SLOTS - 1)))
  }
}

/** Steps (1 to 32) from slot `from` to the next occupied one, going round. */
function distanceToBit(bits: number, from: number): number {
  const first = (from + 1) & (SLOTS - 1)
  const turned = first === 0 ? bits : (bits >>> first) | (bits << (SLOTS - first))
  return 32 - Math.clz32(turned & -turned)
}

function nothing(): void {}
