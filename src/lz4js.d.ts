declare module 'lz4js' {
  /** A whole LZ4 frame. */
  export function decompress(bytes: Uint8Array): Uint8Array;
}
