/** The part of `smtp-server` that the tests use. */
interface Session {
  readonly envelope: {
    readonly rcptTo: readonly { readonly address: string }[];
  };
}

export class SMTPServer {
  constructor(options: {
    readonly authOptional: boolean;
    readonly disabledCommands: readonly string[];
    onAuth?(
      auth: { readonly username: string; readonly password: string },
      session: unknown,
      done: (error: Error | null, answer?: { readonly user: string }) => void,
    ): void;
    onData(
      stream: AsyncIterable<Uint8Array>,
      session: Session,
      done: (error?: Error) => void,
    ): void;
  });
  readonly server: {
    address(): { readonly port: number };
  };
  listen(port: number, host: string, ready: () => void): void;
  close(done: () => void): void;
}
