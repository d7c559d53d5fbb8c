// Every text exists in every language, is used, and none stands in the code.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import easyAlarms from '../src/i18n/alarms/easy.json';
import enAlarms from '../src/i18n/alarms/en.json';
import jaAlarms from '../src/i18n/alarms/ja.json';
import easyStart from '../src/i18n/easy.json';
import enStart from '../src/i18n/en.json';
import jaStart from '../src/i18n/ja.json';
import easyThings from '../src/i18n/things/easy.json';
import enThings from '../src/i18n/things/en.json';
import jaThings from '../src/i18n/things/ja.json';
import easyTrust from '../src/i18n/trust/easy.json';
import enTrust from '../src/i18n/trust/en.json';
import jaTrust from '../src/i18n/trust/ja.json';
import { pieces } from '../src/i18n/text';

const source = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f)).map((f) => path.join(source, f));
const ja = { ...jaStart, ...jaAlarms, ...jaThings, ...jaTrust }, easy = { ...easyStart, ...easyAlarms, ...easyThings, ...easyTrust }, en = { ...enStart, ...enAlarms, ...enThings, ...enTrust };
const languages: Record<string, Record<string, string>> = { ja, easy, en };
const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe('texts', () => {
  it('stand in one file only', () => expect(Object.keys(ja)).toHaveLength(Object.keys(jaStart).length + Object.keys(jaAlarms).length + Object.keys(jaThings).length + Object.keys(jaTrust).length));
  it.each(['easy', 'en'])('%s has every key of Japanese and no other', (language) => {
    expect(Object.keys(languages[language]!).sort()).toEqual(Object.keys(ja).sort());
  });
  it.each(Object.keys(languages))('%s has no empty text and only known parameters', (language) => {
    for (const [key, text] of Object.entries(languages[language]!)) {
      expect(text, key).not.toBe('');
      for (const name of parameters(text)) expect(parameters((ja as Record<string, string>)[key]!), key).toContain(name);
    }
  });
  it('English has no Japanese letters', () => {
    for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/[぀-ヿ一-鿿]/);
  });
  it('easy Japanese gives a reading to every kanji', () => {
    for (const [key, text] of Object.entries(easy)) {
      const bare = pieces(text).filter((p) => !p.reading).map((p) => p.text).join('');
      expect(bare.match(/[一-鿿]+/g) ?? [], key).toEqual([]);
    }
  });
  it('easy Japanese is not a copy', () => {
    const sentences = Object.entries(ja).filter(([, text]) => text.length > 14 && /[一-鿿]/.test(text));
    for (const [key, text] of sentences) expect((easy as Record<string, string>)[key], key).not.toBe(text);
  });
  it('every key is used', () => {
    const code = files.map((f) => readFileSync(f, 'utf8')).join('\n');
    const byName = /^(type|attribute|value|unit|measure|columnType|role|json|live\.entity|settings\.(theme|size)|history\.range|datasets\.order|facet|download|licence|stars|quality|severity|step|rows|versions|subject|right|log\.kind|explain|assurance|device\.status|flag|mappings|rules\.event|form\.(trigger|action|severity)|wall\.(alarm|command)|networks\.kind)\./;
    expect(Object.keys(ja).filter((key) => !byName.test(key) && !/^live\.entity/.test(key) && !code.includes(`'${key}'`) && !code.includes(`"${key}"`))).toEqual([]);
  });
});

describe('code', () => {
  it.each(files.map((f) => [path.relative(source, f), f]))('%s has no text of its own', (_, file) => {
    const found: string[] = [];
    const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
    const exempt = (node: ts.Node) => tree.text.split('\n')[tree.getLineAndCharacterOfPosition(node.getEnd()).line]!.includes('i18n-exempt');
    const look = (node: ts.Node) => {
      if (ts.isJsxText(node) && /\p{L}{2,}/u.test(node.text) && !inElement(node, /^(kbd|code|pre)$/)) found.push(node.text.trim());
      if ((ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) && /[぀-ヿ一-鿿]/.test(node.text) && !exempt(node)) found.push(node.text);
      if (ts.isJsxAttribute(node) && /^(aria-label|title|alt|placeholder)$/.test(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer) && node.initializer.text) found.push(node.initializer.text);
      ts.forEachChild(node, look);
    };
    look(tree);
    expect(found).toEqual([]);
  });
});

function inElement(node: ts.Node, name: RegExp): boolean {
  return ts.isJsxElement(node.parent) && name.test(node.parent.openingElement.tagName.getText());
}
