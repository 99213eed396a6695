/** A mail server on a socket that keeps what it gets. */
import PostalMime from "postal-mime";
// @ts-types="./smtp_server.d.ts"
import { SMTPServer } from "smtp-server";

/** One mail, as its reader sees it. */
export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** As it travelled. */
  readonly raw: string;
}

/** Takes mails for everybody. */
export class MailSink implements AsyncDisposable {
  readonly mails: Mail[] = [];
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS", "AUTH"],
      onData: (stream, session, done) => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        this.#take(stream, to).then(() => done(), done);
      },
    });
  }

  static async start(): Promise<MailSink> {
    const sink = new MailSink();
    await new Promise<void>((ready) =>
      sink.#server.listen(0, "127.0.0.1", ready)
    );
    return sink;
  }

  get hostPort(): string {
    return `127.0.0.1:${this.#server.server.address().port}`;
  }

  /** Mails to one address. */
  to(address: string): Mail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  async #take(
    stream: AsyncIterable<Uint8Array>,
    to: readonly string[],
  ): Promise<void> {
    const decoder = new TextDecoder();
    let raw = "";
    for await (const chunk of stream) {
      raw += decoder.decode(chunk, { stream: true });
    }
    const { subject = "", text = "", html = "" } = await PostalMime.parse(raw);
    this.mails.push({ to, subject, text, html, raw });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((done) => this.#server.close(done));
  }
}
