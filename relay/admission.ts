/**
 * How much may be on its way through the relay at once: bytes of all requests
 * together, and requests and bytes of one address, so that one sender leaves
 * room for the others.
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

/** Of all bytes, what one address may have. */
const SHARE_OF_ADDRESS = 0.5;

interface Load {
  requests: number;
  bytes: number;
}

/** An open request. */
export interface Ticket {
  /** Whether it may have so many more bytes. */
  grow(bytes: number): boolean;
  /** Ends it; to be called once. */
  leave(): void;
}

/** Counts what is on its way. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #all: Load = { requests: 0, bytes: 0 };
  readonly #byAddress = new Map<string, Load>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Bytes that are being read or stored. */
  get bytes(): number {
    return this.#all.bytes;
  }

  /** Requests that are being read or stored. */
  get requests(): number {
    return this.#all.requests;
  }

  /** A request with so many bytes begins, unless there is no room for it. */
  enter(address: string, bytes: number): Ticket | undefined {
    const own = this.#byAddress.get(address) ?? { requests: 0, bytes: 0 };
    if (own.requests >= this.#limits.maxPerAddress) return undefined;
    if (!this.#take(own, bytes)) return undefined;
    this.#byAddress.set(address, own);
    own.requests++;
    this.#all.requests++;
    let held = bytes;
    return {
      grow: (more) => {
        if (!this.#take(own, more)) return false;
        held += more;
        return true;
      },
      leave: () => {
        own.requests--;
        own.bytes -= held;
        this.#all.requests--;
        this.#all.bytes -= held;
        if (own.requests === 0) this.#byAddress.delete(address);
      },
    };
  }

  #take(own: Load, bytes: number): boolean {
    const { maxBytes } = this.#limits;
    if (this.#all.bytes + bytes > maxBytes) return false;
    if (own.bytes + bytes > maxBytes * SHARE_OF_ADDRESS) return false;
    own.bytes += bytes;
    this.#all.bytes += bytes;
    return true;
  }
}
