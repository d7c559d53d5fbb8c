// Packs the built files for the program: portal.bin holds the bytes of all, each as it is and compressed where that is smaller by a
// tenth; portal.cpp holds the table of them (gateway/page/portal.h) and takes portal.bin in.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json', woff2: 'font/woff2', png: 'image/png', json: 'application/json',
};

function list(folder, below = '') {
  return readdirSync(path.join(folder, below)).sort().filter((name) => !name.startsWith('.')).flatMap((name) => {
    const inside = path.posix.join(below, name);
    return statSync(path.join(folder, inside)).isDirectory() ? list(folder, inside) : [inside];
  });
}

/// The service worker knows the files that make the shell and a version that changes with them.
function completeServiceWorker(text, files, version) {
  const shell = files.filter((f) => /^assets\/.*\.(js|css)$/.test(f) || /^assets\/(portal|trust)-.*\.woff2$/.test(f) || /\.(svg|webmanifest)$/.test(f));
  return text.replace('__VERSION__', version).replace(/(["'`])__SHELL__\1/, JSON.stringify(JSON.stringify(['/', ...shell.map((f) => `/${f}`)])));
}

export function pack(dist, pages, out, version) {
  const files = list(dist);
  const chunks = [];
  let size = 0;
  const put = (bytes) => {
    const at = size;
    chunks.push(bytes);
    size += bytes.length;
    return `{${at}, ${bytes.length}}`;
  };
  const rows = files.map((file) => {
    let bytes = readFileSync(path.join(dist, file));
    if (file === 'sw.js') bytes = Buffer.from(completeServiceWorker(bytes.toString('utf8'), files, version));
    const smaller = (packed) => (packed.length < bytes.length * 0.9 ? put(packed) : '{0, 0}');
    const isText = !/\.(woff2|png)$/.test(file);
    const gzip = isText ? smaller(gzipSync(bytes, { level: 9 })) : '{0, 0}';
    const brotli = isText ? smaller(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })) : '{0, 0}';
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const type = types[file.split('.').at(-1)];
    if (!type) throw new Error(`no media type for ${file}`);
    return `    {"/${file}", "${type}", "${etag}", ${file.startsWith('assets/')}, ${put(bytes)}, ${gzip}, ${brotli}},`;
  });
  writeFileSync(path.join(out, 'portal.bin'), Buffer.concat(chunks));
  writeFileSync(path.join(out, 'portal.cpp'), `#include "gateway/page/portal.h"

asm(R"(.section .rodata
.global tsunagu_portal_bytes
.balign 16
tsunagu_portal_bytes:
.incbin "${path.resolve(out, 'portal.bin')}"
.byte 0
.text
)");
extern "C" const char tsunagu_portal_bytes[];

namespace tsunagu::gateway::portal {

std::span<const File> files() {
  static constexpr File kFiles[] = {
${rows.join('\n')}
  };
  return kFiles;
}

std::span<const std::string_view> pages() {
  static constexpr std::string_view kPages[] = {${pages.map((p) => JSON.stringify(p)).join(', ')}};
  return kPages;
}

std::string_view bytes(Range range) {
  return {tsunagu_portal_bytes + range.at, range.size};
}

}  // namespace tsunagu::gateway::portal
`);
}
