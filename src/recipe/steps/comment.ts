import { z } from 'zod';
import { textField } from '../fields';
import { defineStep } from '../step';

const options = z.strictObject({ text: z.string().min(1).describe('What a reader should know') });

export const comment = defineStep({
  kind: 'comment',
  title: 'Comment',
  summary: 'Says something between the steps and changes nothing.',
  help: 'It is written into exported code too. A word about one step stands better in that step, as `note:`.',
  example: 'comment: { text: "From here on: one row for each customer" }',
  sample: [['x'], [1]],
  group: 'Safeguards',
  unsuggested: 'only a person has something to say',
  options,
  form: [textField('text', 'Text')],
  code({ text }) {
    const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `# ${line}`.trimEnd());
    return { pandas: lines, polars: lines };
  },
  compile(_, context) {
    return { transform: ['SELECT * FROM {input}'], schema: context.schema };
  },
});
