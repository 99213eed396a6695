/** The kinds of values that flags of mspctl have, and no file. */
import { accept, type Kind, reject } from "../../shared/config_kinds.ts";

/** The name of a token, as it is listed. */
export const tokenName: Kind<string> = {
  placeholder: "NAME",
  example: "w-kt-01",
  parse: (text) =>
    /^[wr]-[a-z0-9-]+-\d{2,}$/.test(text)
      ? accept(text)
      : reject("is no name of a token", "names are in: mspctl customer list"),
};

/** The address at which agents and browsers find central. */
export const publicUrl: Kind<string> = {
  placeholder: "URL",
  example: "https://metrics.example:8443",
  parse(text) {
    if (
      /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/.test(text)
    ) {
      return accept(text);
    }
    return reject(
      "is not a scheme, a host and maybe a port",
      "write https://HOST:8443 or http://HOST:8880, without a path",
    );
  },
};

/** A month of the calendar. */
export const calendarMonth: Kind<string> = {
  placeholder: "MONTH",
  example: "2026-10",
  parse: (text) =>
    /^\d{4}-(0[1-9]|1[0-2])$/.test(text)
      ? accept(text)
      : reject("is no month", "for example 2026-10"),
};
