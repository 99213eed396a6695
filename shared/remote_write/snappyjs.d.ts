/** The part of `snappyjs` that is used; the package has no types of its own. */
interface SnappyJs {
  /** A snappy block of `input`, in memory of its own. */
  compress(input: Uint8Array): Uint8Array;
  /**
   * The content of a block. Trusts it in part: a block that is damaged may be
   * unpacked to the wrong bytes without an error.
   */
  uncompress(block: Uint8Array): Uint8Array;
}
declare const snappyjs: SnappyJs;
export default snappyjs;
