/** An HTTP server that keeps what is posted to it: webhooks and Slack. */

/** One message. */
export interface Hook {
  readonly path: string;
  readonly authorization: string | null;
  // deno-lint-ignore no-explicit-any -- each test knows the shape it looks at
  readonly body: any;
  /** When all of it had come. */
  readonly atMs: number;
}

/** Takes every POST. */
export class HookSink implements AsyncDisposable {
  readonly hooks: Hook[] = [];
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      const authorization = request.headers.get("authorization");
      const body = await request.json();
      this.hooks.push({ path, authorization, body, atMs: Date.now() });
      // Slack's own answer.
      return new Response("ok");
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** What came to one path. */
  at(path: string): Hook[] {
    return this.hooks.filter((hook) => hook.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
