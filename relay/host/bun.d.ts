/**
 * The part of Bun that the relay uses. Its own type package would bring Node's
 * types with it, which Deno has built in.
 */
declare global {
  namespace Bun {
    interface Server {
      readonly port: number;
      /** Address of the peer; `null` once the connection is closed. */
      requestIP(
        request: Request,
      ): { readonly address: string; readonly port: number } | null;
      /** Stops listening; with `true` open connections are closed too. */
      stop(closeActiveConnections?: boolean): Promise<void>;
    }

    interface ServeOptions {
      readonly hostname: string;
      readonly port: number;
      /** Bytes. */
      readonly maxRequestBodySize: number;
      readonly reusePort: boolean;
      /** Seconds, up to 255. */
      readonly idleTimeout: number;
      readonly development: boolean;
      readonly tls?: { readonly cert: string; readonly key: string };
      fetch(request: Request, server: Server): Response | Promise<Response>;
      error(error: Error): Response;
    }

    function serve(options: ServeOptions): Server;
    function zstdDecompressSync(input: Uint8Array): Uint8Array;
    /** With `false` it returns at once; with `true` it also gives pages back. */
    function gc(force: boolean): void;
    /** A file that is read when it is sent. */
    function file(path: string): Blob;
    const version: string;
    const argv: readonly string[];
  }
}

export {};
