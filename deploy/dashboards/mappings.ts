/** Numbers that are shown as words. */
import {
  MappingType,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Texts } from "./texts.ts";

/** 1 up, 0 down. */
export function stateMapping(texts: Texts): ValueMapping[] {
  return [{
    type: MappingType.ValueToText,
    options: {
      "0": { text: texts.word("downState"), color: "red", index: 0 },
      "1": { text: texts.word("up"), color: "green", index: 1 },
    },
  }];
}
