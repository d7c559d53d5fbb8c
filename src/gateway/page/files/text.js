// Every text of the page, Japanese first, and the names of the entity types and attributes we ship.
const texts = {
  ja: {},  // the page itself is Japanese
  en: {
    skip: 'Skip to the map', navApi: 'API', navMetrics: 'Metrics', nav: 'Main links',
    title: 'One living picture of a region.',
    lead: 'Tsunagu is an open city OS: residents, places, things and events in one live, historical graph that anyone can read and build on through the NGSI-LD standard.',
    connecting: 'Connecting…', counts: 'What is here now',
    empty: 'Nothing is here yet. Load the region of Hokkaido with make run, or create an entity as shown under “Try it”.',
    map: 'Map', layer: 'Show', search: 'Find by name', mapLabel: 'Map; the table beside it lists the same entities',
    zoomIn: 'Zoom in', zoomOut: 'Zoom out', zoomAll: 'Show everything',
    mapNote: 'Schematic: each disc is as large as its municipality, centred on the town office. It is not a coastline.',
    more: 'Show more', close: 'Close', json: 'JSON (normalized)', api: 'Try it',
    apiLead: 'Paste any of these into a terminal. Every operation is described in the OpenAPI 3.1 document at /openapi.json.',
    navLive: 'Live', liveTitle: 'History and now', chartType: 'Type', chartFilter: 'Find by name', chartEntity: 'Entity', chartAttribute: 'Value', chartRange: 'Period',
    chartName: 'Chart of the history', chartKeys: 'Select the chart and press ← → to read one value after the other.',
    chartTry: 'When the value changes, the line grows as you look. To try it in a terminal:', time: 'Time', ticker: 'Latest changes',
    tickerEmpty: 'Waiting for a change. Whatever is created, changed or deleted appears here.',
    operations: 'All operations', footer: 'Tsunagu — the open city OS (Apache-2.0)',
    credit: 'Positions and population of municipalities: 国土数値情報, code4fukui/localgovjp (CC0) and others; sources stand with each data set.',
  },
};
const words = {
  ja: {
    all: '全エンティティ', live: '稼働中', down: '接続できません。数秒後に再試行します', shownOf: (n, all) => (n === all ? `${fmt(all)} 件` : `${fmt(all)} 件中 ${fmt(n)} 件`),
    name: '名前', copy: 'コピー', copied: 'コピーしました', loading: '読み込み中…', failed: '読み込めませんでした：',
    none: '該当するものはありません', updated: '更新',
    ranges: { hour: '1時間', day: '24時間', week: '7日間', month: '30日間', year: '1年間', all: 'すべて' },
    moreEntities: (n) => `ほか ${fmt(n)} 件（種類の一部です）`, noNumbers: '数値の項目がありません。別の対象を選んでください。', noPoints: 'この期間の値はまだありません。',
    pointCount: (n, last) => `${fmt(n)} 点 · 最新 ${last}`, chartLabel: (name, attribute, n, value, time) => `${name}の${attribute}の推移。${fmt(n)}点、最新は${time}の${value}。`,
    periods: '期間ごとの平均（帯は最小〜最大）', liveOn: '変化をその場で受け取っています', liveOff: '変化の受信を待っています…', pause: '一時停止', goOn: '再開', history: '推移を見る',
    entityCreated: '登録', entityUpdated: '更新', entityDeleted: '削除',
    ex1: '179市町村のうち人口の多い順に5つ', ex2: '札幌駅から20 km以内の市町村', ex3: '1件登録する', ex4: '値を1つ書き換える',
  },
  en: {
    all: 'All entities', live: 'Running', down: 'No connection; trying again in a few seconds', shownOf: (n, all) => (n === all ? `${fmt(all)} entities` : `${fmt(n)} of ${fmt(all)}`),
    name: 'Name', copy: 'Copy', copied: 'Copied', loading: 'Loading…', failed: 'Could not load: ',
    none: 'Nothing matches', updated: 'Updated',
    ranges: { hour: '1 hour', day: '24 hours', week: '7 days', month: '30 days', year: '1 year', all: 'All' },
    moreEntities: (n) => `${fmt(n)} more (not listed)`, noNumbers: 'It has no numbers. Choose another one.', noPoints: 'There are no values in this period yet.',
    pointCount: (n, last) => `${fmt(n)} points · latest ${last}`, chartLabel: (name, attribute, n, value, time) => `History of ${attribute} of ${name}: ${fmt(n)} points, latest ${value} at ${time}.`,
    periods: 'averages of periods; the band is from lowest to highest', liveOn: 'Changes arrive as they happen', liveOff: 'Waiting for the stream of changes…', pause: 'Pause', goOn: 'Go on', history: 'History',
    entityCreated: 'new', entityUpdated: 'changed', entityDeleted: 'deleted',
    ex1: 'The five largest municipalities of 179', ex2: 'Municipalities within 20 km of Sapporo station', ex3: 'Create an entity', ex4: 'Change one value',
  },
};
const names = {
  Municipality: ['市町村', 'Municipalities'], Subprefecture: ['振興局', 'Subprefectures'], EvacuationSite: ['指定緊急避難場所', 'Evacuation sites'],
  Shelter: ['指定避難所', 'Shelters'], AnimalSighting: ['ヒグマの目撃', 'Bear sightings'], WaterGauge: ['水位計', 'Water gauges'], waterLevel: ['水位', 'Water level'],
  EpidemicStatus: ['感染症の状況', 'Epidemic status'],
  PublicToilet: ['公衆トイレ', 'Public toilets'], PublicWiFi: ['公衆Wi-Fi', 'Public Wi-Fi'], AED: ['AED', 'AEDs'],
  name: ['名前', 'Name'], population: ['人口', 'Population'], area: ['面積（km²）', 'Area (km²)'], location: ['位置', 'Position'], address: ['住所', 'Address'],
  subprefecture: ['振興局', 'Subprefecture'], refSubprefecture: ['振興局', 'Subprefecture'], refMunicipality: ['市町村', 'Municipality'],
  municipalityCode: ['団体コード', 'Municipality code'], code: ['コード', 'Code'], kana: ['よみ', 'Reading'], romaji: ['ローマ字', 'Romanised'],
  description: ['説明', 'Description'], dateObserved: ['日時', 'Observed'], id: ['ID', 'ID'], type: ['種類', 'Type'], scope: ['区分', 'Scope'],
  myNumberCardsIssued: ['マイナンバーカード交付枚数', 'My Number cards issued'], category: ['区別', 'Kind'], county: ['郡', 'County'], seat: ['所在地', 'Seat'],
  hazards: ['対象の災害', 'Hazards'], commonId: ['共通ID', 'Common id'], isShelterToo: ['指定避難所を兼ねる', 'Also a shelter'], evidence: ['状況', 'Evidence'],
  species: ['種', 'Species'], ward: ['区', 'Ward'], note: ['備考', 'Note'], expiresAt: ['期限', 'Expires'], createdAt: ['登録', 'Created'], modifiedAt: ['更新', 'Changed'],
};
const values = {
  city: ['市', 'City'], town: ['町', 'Town'], village: ['村', 'Village'], true: ['はい', 'Yes'], false: ['いいえ', 'No'],
  earthquake: ['地震', 'Earthquake'], flood: ['洪水', 'Flood'], landslide: ['崖崩れ・土石流・地滑り', 'Landslide'], tsunami: ['津波', 'Tsunami'], stormSurge: ['高潮', 'Storm surge'],
  fire: ['大規模な火事', 'Large fire'], inlandFlooding: ['内水氾濫', 'Inland flood'], volcano: ['火山現象', 'Volcano'],   sighting: ['目撃', 'Sighting'], droppings: ['フン', 'Droppings'], footprints: ['足跡', 'Footprints'], probableSighting: ['クマらしきものの目撃', 'Probable sighting'], camera: ['カメラに写る', 'On camera'], voice: ['鳴き声', 'Voice'], other: ['その他', 'Other'], 'Ursus arctos yesoensis': ['エゾヒグマ', 'Ussuri brown bear'],
};

export let language = localStorage.getItem('language') || (navigator.language.startsWith('ja') ? 'ja' : 'en');
export const fmt = (n) => Number(n).toLocaleString(language === 'ja' ? 'ja-JP' : 'en-GB');
export const word = (key) => words[language][key];
export const label = (name) => {
  const short = name.replace(/^.*[/#:]/, '');
  return names[short] ? names[short][language === 'ja' ? 0 : 1] : short;
};

const units = { CEL: '°C', MTR: 'm', CMT: 'cm', MMT: 'mm', KMT: 'km', KMK: 'km²', KMH: 'km/h', MTS: 'm/s', MQS: 'm³/s', P1: '%', KGM: 'kg', HPA: 'hPa', A97: 'hPa', LUX: 'lx', KWH: 'kWh', WTT: 'W' };
/// A UN/CEFACT unit code as people write the unit; unknown codes as they are.
export const unitText = (code) => units[code] ?? code ?? '';

/// A word of ours (a hazard, a kind of municipality) in the chosen language; anything else as it is.
export const shownValue = (v) => (v in values ? values[v][language === 'ja' ? 0 : 1] : v);

/// Shows every text of the page in the chosen language.
export function applyLanguage(next) {
  if (next) localStorage.setItem('language', (language = next));
  document.documentElement.lang = language;
  for (const [attribute, put, get] of [
    ['data-t', (e, v) => { e.textContent = v; }, (e) => e.innerHTML],
    ['data-t-label', (e, v) => e.setAttribute('aria-label', v), (e) => e.getAttribute('aria-label')],
  ]) {
    for (const e of document.querySelectorAll(`[${attribute}]`)) {
      const key = e.getAttribute(attribute);
      if (!(key in texts.ja)) texts.ja[key] = get(e);
      if (language === 'ja' && attribute === 'data-t') e.innerHTML = texts.ja[key];
      else put(e, texts[language][key] ?? texts.ja[key]);
    }
  }
  const button = document.getElementById('language');
  button.textContent = language === 'ja' ? 'English' : '日本語';
  button.lang = language === 'ja' ? 'en' : 'ja';
}
