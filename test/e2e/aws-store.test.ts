import {
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import fs from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsBench, BUCKET, startAwsBench } from './aws-bench';

/** Buckets and what is in them, as a person uses them in the side bar, on the stand-in for AWS. */
let aws: AwsBench;
const MANY = 510;
const nameOf = (at: number): string => `many/day-${String(at).padStart(4, '0')}.csv`;

async function layMany(s3: S3Client): Promise<void> {
  const status = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: status }));
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  for (let from = 0; from < MANY; from += 30) {
    const some = Array.from({ length: 30 }, (_, at) => put(nameOf(from + at), `day\n${from + at}\n`));
    await Promise.all(some);
  }
  await put('notes/plan.txt', 'first\n');
  await put('notes/plan.txt', 'second, and longer\n');
}

const keys = async (prefix: string): Promise<readonly string[]> =>
  ((await aws.s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }))).Contents ?? []).map(
    ({ Key = '' }) => Key,
  );

beforeAll(async () => {
  aws = await startAwsBench({ prepare: layMany });
});
afterAll(() => aws.stop());

const textOf = (file: string): string | undefined =>
  fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
/** The tree draws only the rows that are seen: from the row that has the focus to an end of it. */
async function toEnd(key: 'Home' | 'End', shown: string | RegExp): Promise<void> {
  await expect
    .poll(async () => {
      await aws.bench.page.keyboard.press(key);
      return aws.bench.treeRow(shown).isVisible();
    })
    .toBe(true);
}
/** Drags a file of the Explorer over the icon of our views, which opens them, and drops it on the folder `notes`. */
async function drag(name: string): Promise<void> {
  const { bench } = aws;
  const { mouse } = bench.page;
  const centre = async (of: Locator): Promise<[number, number]> => {
    const box = await of.boundingBox();
    if (!box) throw new Error('It is not on the screen.');
    return [box.x + Math.min(40, box.width / 2), box.y + box.height / 2];
  };
  await mouse.move(...(await centre(bench.file(name))));
  await mouse.down();
  const icon = bench.page
    .locator('.activitybar .action-item')
    .filter({ has: bench.page.locator('.action-label[aria-label^="ML Lifecycle"]') });
  const [x, y] = await centre(icon);
  await mouse.move(x, y, { steps: 8 });
  await expect
    .poll(async () => {
      await mouse.move(x + 1, y);
      await mouse.move(x, y);
      return bench.treeRow('notes').isVisible();
    })
    .toBe(true);
  await mouse.move(...(await centre(bench.treeRow('notes'))), { steps: 8 });
  await mouse.up();
}

describe('buckets in the side bar', () => {
  it('lists a folder of more than a page, and reads on when it is asked to', async () => {
    const { bench } = aws;
    await bench.activity('ML Lifecycle');
    // Room for the rows.
    for (const view of ['Datasets', 'Sources', 'Runs', 'Models', 'Endpoints'])
      await bench.page.locator('.sidebar .pane-header', { hasText: view }).click();
    await bench.treeRow('S3').click();
    await bench.treeRow(BUCKET).click();
    await bench.treeRow('many').click();
    await bench.treeRow(/day-0000\.csv.*6 B/).waitFor();
    await toEnd('End', /Load more…\s*500 shown/);
    await bench.shot('store-page');
    await bench.treeRow('Load more').click();
    await toEnd('End', /day-0509\.csv\s*8 B/);
    await bench.treeRow('Load more').waitFor({ state: 'detached' });
    await bench.shot('store-pages');
  });

  it('searches a folder by the beginning of names', async () => {
    const { bench } = aws;
    await toEnd('Home', 'many');
    await bench.contextMenu(bench.treeRow('many'), 'Search by Prefix…');
    await aws.answer('Search by Prefix', 'day-050');
    await bench.treeRow(/many\s*begins with "day-050"/).waitFor();
    await bench.treeRow('day-0500.csv').waitFor();
    await bench.treeRow('day-0509.csv').waitFor();
    expect(await bench.page.locator('.sidebar .monaco-list-row', { hasText: /day-\d+\.csv/ }).count()).toBe(
      10,
    );
    await bench.shot('store-search');
    await bench.contextMenu(bench.treeRow('many'), 'Clear Search');
    await bench.treeRow('day-0000.csv').waitFor();
    await bench.treeRow('many').click();
  });

  it('lists the versions of an object, and brings back an old one', async () => {
    const { bench, inProject } = aws;
    await bench.treeRow('notes').click();
    await bench.contextMenu(bench.treeRow('plan.txt'), 'Download a Version…');
    await aws.listed(/19 B · latest/).waitFor();
    await bench.shot('store-versions');
    await aws.pick(/6 B/, 'Versions of plan.txt');
    await bench.chooseFile(inProject('old-plan.txt'));
    await expect.poll(() => textOf(inProject('old-plan.txt'))).toBe('first\n');
  });

  it('deletes after a yes alone, and the object is gone then', async () => {
    const { bench } = aws;
    const plan = new HeadObjectCommand({ Bucket: BUCKET, Key: 'notes/plan.txt' });
    await bench.contextMenu(bench.treeRow('plan.txt'), 'Delete…');
    const asked = await aws.agree('Cancel', 'store-delete');
    expect(asked).toContain('Delete plan.txt (19 B)?');
    expect(asked).toContain(`s3://${BUCKET}/notes/plan.txt`);
    expect((await aws.s3.send(plan)).ContentLength).toBe(19);
    await bench.contextMenu(bench.treeRow('plan.txt'), 'Delete…');
    await aws.agree('Delete');
    await bench.treeRow('plan.txt').waitFor({ state: 'detached' });
    await expect(aws.s3.send(plan)).rejects.toMatchObject({ name: 'NotFound' });
    await bench.shot('store-deleted');
  });

  it('downloads a folder, and stops when it is told to', async () => {
    const { bench, rig, inProject } = aws;
    await rig.fault({ kind: 'slow', service: 's3', operation: 'GetObject', seconds: 20, times: 0 });
    fs.mkdirSync(inProject('here'));
    await bench.contextMenu(bench.treeRow('many'), 'Download…');
    await bench.chooseFile(inProject('here'));
    await bench.page.getByText('Downloading many').first().waitFor();
    await bench.command('Notifications: Show Notifications');
    await bench.shot('store-downloading');
    const entry = bench.page.locator('.notification-list-item', { hasText: 'Downloading many' });
    await entry.getByRole('button', { name: 'Cancel' }).click();
    await entry.waitFor({ state: 'detached' });
    await rig.clearFaults();
    expect(
      fs.readdirSync(inProject('here'), { recursive: true }).filter((one) => String(one).endsWith('.csv')),
    ).toEqual([]);
    await bench.contextMenu(bench.treeRow('many'), 'Download…');
    await bench.chooseFile(inProject('here'));
    await bench.page
      .getByText(/Downloaded 510 files/)
      .first()
      .waitFor({ timeout: 60_000 });
    await bench.shot('store-downloaded');
    expect(textOf(inProject('here/many/day-0509.csv'))).toBe('day\n509\n');
  });

  it('uploads what is dragged there from the Explorer, after a yes', async () => {
    const { bench } = aws;
    await bench.activity('Explorer');
    await drag('penguins.csv');
    const asked = await aws.agree('Upload', 'store-upload');
    expect(asked).toMatch(/Upload 1 file \(\d+\.\d kB\) to s3:\/\/birds-of-ada\/notes\/\?/);
    await bench.treeRow(/penguins\.csv/).waitFor();
    await bench.shot('store-uploaded');
    expect(await keys('notes/')).toEqual(['notes/penguins.csv']);
  });

  it('shows how far an upload is, stops it when told to, and leaves nothing of it there', async () => {
    const { bench, rig, inProject } = aws;
    fs.writeFileSync(inProject('large.csv'), `n\n${'1234567\n'.repeat(5_000_000)}`);
    await rig.fault({ kind: 'slow', service: 's3', operation: 'UploadPart', seconds: 20, skip: 1, times: 0 });
    await bench.contextMenu(bench.treeRow('notes'), 'Upload Files…');
    await bench.chooseFile(inProject('large.csv'));
    await aws.agree('Upload');
    const entry = bench.page.locator('.notification-list-item', { hasText: 'Uploading to' });
    await bench.command('Notifications: Show Notifications');
    await entry.getByText(/Uploading to s3:\/\/birds-of-ada\/notes\/: [1-9]\d? %/).waitFor();
    await bench.shot('store-uploading');
    await entry.getByRole('button', { name: 'Cancel' }).click();
    await entry.waitFor({ state: 'detached' });
    await rig.clearFaults();
    expect(await keys('notes/')).toEqual(['notes/penguins.csv']);
  });

  it('looks for secrets in what is uploaded: each is confirmed, or its file left out', async () => {
    const { bench, inProject } = aws;
    fs.mkdirSync(inProject('code'));
    fs.writeFileSync(inProject('code/read.py'), 'print(1)\n');
    // The form of a key of AWS, and the key of nobody.
    const key = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYzzzzzzzKEY'].join('/');
    fs.writeFileSync(inProject('code/settings.py'), `AWS_SECRET_ACCESS_KEY = "${key}"\n`);
    const uploadCode = async (): Promise<void> => {
      await bench.contextMenu(bench.treeRow('notes'), 'Upload Folder…');
      await bench.chooseFile(inProject('code'));
      await aws.agree('Upload');
    };
    await uploadCode();
    const asked = await aws.agree('Cancel', 'store-secret');
    expect(asked).toContain('code/settings.py, line 1: aws credential');
    expect(asked).not.toContain(key);
    expect(await keys('notes/')).toEqual(['notes/penguins.csv']);
    await uploadCode();
    await aws.agree('Leave It Out');
    await expect.poll(() => keys('notes/')).toEqual(['notes/code/read.py', 'notes/penguins.csv']);
  });
});
