/**
 * How much may be on its way through the relay at once: bytes of all requests
 * together, and requests of one address, so that one sender leaves room for the
 * others.
 */

/** Limits of {@linkcode Admission}. */
export interface AdmissionLimits {
  /** Bytes of all bodies that are being read or stored. */
  readonly maxBytes: number;
  /** Requests that one address may have open. */
  readonly maxPerAddress: number;
}

/** A quarter of the memory, at most 512 MiB. */
export function defaultLimits(memoryBytes: number): AdmissionLimits {
  return {
    maxBytes: Math.min(memoryBytes / 4, 512 * 1024 ** 2),
    // A whole customer may come from one address, behind a translating router.
    maxPerAddress: 4096,
  };
}

/** Counts what is on its way. */
export class Admission {
  /** Bytes that are being read or stored. */
  bytes = 0;
  /** Requests that are being read or stored. */
  requests = 0;
  readonly #limits: AdmissionLimits;
  readonly #byAddress = new Map<string, number>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Whether a request with so many bytes may begin; it must {@linkcode leave}. */
  enter(address: string, bytes: number): boolean {
    const open = this.#byAddress.get(address) ?? 0;
    if (open >= this.#limits.maxPerAddress) return false;
    if (this.bytes + bytes > this.#limits.maxBytes) return false;
    this.#byAddress.set(address, open + 1);
    this.requests++;
    this.bytes += bytes;
    return true;
  }

  /** Whether an open request may have so many more bytes. */
  grow(bytes: number): boolean {
    if (this.bytes + bytes > this.#limits.maxBytes) return false;
    this.bytes += bytes;
    return true;
  }

  /** Ends a request that had so many bytes. */
  leave(address: string, bytes: number): void {
    this.requests--;
    this.bytes -= bytes;
    const open = this.#byAddress.get(address) ?? 1;
    if (open > 1) this.#byAddress.set(address, open - 1);
    else this.#byAddress.delete(address);
  }
}
