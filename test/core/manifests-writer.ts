import { z } from 'zod';
import { flatLayout, manifestFolder } from '../../src/core/manifests';

// A process of its own that counts up in one manifest: node manifests-writer.mjs <.ml> <times>
const [, , ml = '', times = '0'] = process.argv;
const folder = manifestFolder(
  ml,
  flatLayout('counters'),
  z.object({ name: z.string(), count: z.number(), by: z.array(z.number()) }),
  () => undefined,
);
for (let n = 0; n < Number(times); n++) {
  await folder.update('one', (old) => ({
    name: 'one',
    count: (old?.count ?? 0) + 1,
    by: [...(old?.by ?? []), process.pid],
  }));
}
