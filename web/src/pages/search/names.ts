// What types are called, in every language: a person may type any of them.
import easy from '../../i18n/easy.json';
import en from '../../i18n/en.json';
import ja from '../../i18n/ja.json';
import { pieces } from '../../i18n/text';

export function typeNames(types: string[]): Map<string, string[]> {
  const files: Record<string, string>[] = [ja, easy, en];
  return new Map(types.map((type) => [type, files.flatMap((texts) => {
    const text = texts[`type.${type}`];
    return text ? [pieces(text).map((p) => p.text).join('')] : [];
  })]));
}
