// Licences people meet in open data: what each is called, and in plain words what it asks for.
export const licences = [
  { uri: 'https://creativecommons.org/licenses/by/4.0/', key: 'ccby' },
  { uri: 'https://creativecommons.org/publicdomain/zero/1.0/', key: 'cc0' },
  { uri: 'https://www.digital.go.jp/resources/open_data/public_data_license_v1.0', key: 'pdl' },
  { uri: 'https://creativecommons.org/licenses/by-sa/4.0/', key: 'ccbysa' },
] as const;
export type LicenceKey = (typeof licences)[number]['key'] | 'ccbync' | 'ccbynd' | 'mit' | 'odbl';

const signs: [RegExp, LicenceKey][] = [
  [/publicdomain\/zero|cc-?0/, 'cc0'], [/by-nc/, 'ccbync'], [/by-nd/, 'ccbynd'], [/by-sa/, 'ccbysa'], [/licenses\/by\/|cc-by/, 'ccby'], [/public_data_license|\bpdl/, 'pdl'], [/\bmit\b/, 'mit'], [/odbl/, 'odbl'],
];
/** Which of them a URI or a key means, in any version and language; undefined: another one. */
export const licenceOf = (uri: string | undefined): LicenceKey | undefined => signs.find(([sign]) => sign.test(uri?.toLowerCase() ?? ''))?.[1];
