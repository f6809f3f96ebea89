/** Memory of this process, as the runtime counts it. */

/** The runtime opens a file to look; where the process has run out of descriptors, what it said last holds. */
export class ProcessMemory {
  #known: NodeJS.MemoryUsage = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }

  look(): NodeJS.MemoryUsage {
    try {
      this.#known = process.memoryUsage()
    } catch {
      // No descriptor.
    }
    return this.#known
  }

  /** Costs less than all of it. */
  lookAtResidentBytes(): number {
    try {
      this.#known = { ...this.#known, rss: process.memoryUsage.rss() }
    } catch {
      // No descriptor.
    }
    return this.#known.rss
  }
}
