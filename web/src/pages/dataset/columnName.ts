import { aside, named } from '../../i18n/text';

/** A column of a live query in words: an attribute, in a language (name_en) or its time (population.observedAt). */
export function columnName(column: string): string {
  const [, attribute = column, language, time] = /^([^._]+)(?:_(en|ja|ja-Hira|ja-Kana)|\.(observedAt))?$/.exec(column) ?? [];
  return named('attribute', attribute) + (language ? aside(named('value', `lang.${language}`)) : time ? aside(named('attribute', 'dateObserved')) : '');
}
