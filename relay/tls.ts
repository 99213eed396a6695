/** Certificate and key that the relay serves https with. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describeError } from "../shared/errors.ts";
import { SettingsFileError } from "../shared/settings_file.ts";
import { readText } from "./files.ts";

/** Certificate chain and key in PEM form. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** @throws {SettingsFileError} when one cannot be read, or they do not belong together */
export function readTlsPair(
  { certPath, keyPath }: {
    readonly certPath: string;
    readonly keyPath: string;
  },
): TlsPair {
  const cert = readText(certPath);
  const key = readText(keyPath);
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch (error) {
    throw new SettingsFileError(
      certPath,
      `it holds no certificate (${describeError(error)})`,
      "Write the certificate chain in PEM form to it, the server's own first",
    );
  }
  let matches = false;
  try {
    matches = leaf.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new SettingsFileError(
      keyPath,
      `it holds no private key (${describeError(error)})`,
      "Write the certificate's key in PEM form, without a passphrase, to it",
    );
  }
  if (!matches) {
    throw new SettingsFileError(
      keyPath,
      `it is not the key of "${certPath}"`,
      "Name a certificate and a key that were made together",
    );
  }
  return { cert, key };
}
