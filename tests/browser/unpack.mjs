// Unpacks the Chromium of @sparticuz/chromium, with its libraries and fonts, into the folder given.
import { chmodSync, createReadStream, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

const target = process.argv[2];
const source = join('node_modules', '@sparticuz', 'chromium', 'bin');
mkdirSync(target, { recursive: true });

const unpack = (name, into) =>
  pipeline(createReadStream(join(source, name)), createBrotliDecompress(), into);

await unpack('al2023.tar.br', extract(join(target, 'al2023')));
await unpack('fonts.tar.br', extract(target));
await unpack('swiftshader.tar.br', extract(target));
// The one that comes with the fonts names the folders of a cloud function.
writeFileSync(
  join(target, 'fonts.conf'),
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(target, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(target, 'fonts-cache')}</cachedir>
</fontconfig>
`,
);
await unpack('chromium.br', createWriteStream(join(target, 'chromium')));
chmodSync(join(target, 'chromium'), 0o755);
