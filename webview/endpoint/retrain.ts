import { html, nothing, type TemplateResult } from 'lit';
import type { RetrainResult } from '../../src/protocol';
import { button, checkbox, icon, progressRing, textField } from '../shared/controls';
import { errorBanner } from '../shared/error';
import { compareMetric, metricInfo, metricText } from '../shared/metrics';
import type { EndpointContext } from './context';
import { task } from './task';
import { retrainText, stageOf } from './words';

function comparison(result: RetrainResult): TemplateResult {
  const { old, new: next, gate } = result;
  const names = [...new Set([...Object.keys(old.metrics), ...Object.keys(next.metrics)])];
  return html`<div class="stack" role="status">
    <p class="verdict verdict-${gate.held ? 'pass' : 'warning'}">
      ${icon(gate.held ? 'pass' : 'warning')} ${retrainText(result)}
    </p>
    <p class="muted">Gate: <code>${gate.expression}</code>. ${gate.reason}</p>
    <div class="rows" tabindex="0" role="region" aria-label="Old and new model">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">On the new data's test part</th>
            <th scope="col" class="num">Old (version ${old.version})</th>
            <th scope="col" class="num">New (version ${next.version})</th>
            <th scope="col" class="num">Difference</th>
          </tr>
        </thead>
        <tbody>
          ${names.map((name) => {
            const [before, after] = [old.metrics[name], next.metrics[name]];
            const difference =
              before === undefined || after === undefined ? undefined : compareMetric(name, after, before);
            return html`<tr>
              <th scope="row">${metricInfo(name).title}</th>
              <td class="num">${before === undefined ? '–' : metricText(name, before)}</td>
              <td class="num">${after === undefined ? '–' : metricText(name, after)}</td>
              <td class="num">
                ${difference ? `${difference.text}${difference.verdict === 'better' || difference.verdict === 'worse' ? ` (${difference.verdict})` : ''}` : '–'}
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </div>`;
}

/** Training anew and going back a version; `after` is called when the endpoint's model may have changed. */
export function retrainPart(context: EndpointContext, after: () => void): () => TemplateResult {
  const { host, kept, redraw } = context;
  const retraining = task(redraw);
  const back = task(redraw);
  let result: RetrainResult | undefined;

  function start(chooseData: boolean): void {
    retraining.run(chooseData ? 'Choose the new data…' : 'Retraining…', async (signal, say) => {
      const { gate, promote } = kept.get();
      const next = await host.call(
        'retrain',
        { chooseData, promote, ...(gate.trim() === '' ? {} : { gate: gate.trim() }) },
        {
          signal,
          onProgress: (progress) => {
            const stage = stageOf(progress);
            if (stage !== undefined) say(`Retraining: ${stage}`);
          },
        },
      );
      if (!next) return;
      result = next;
      context.reopen();
      if (next.promoted) after();
    });
  }

  function rollBack(): void {
    back.run('Going back…', async (signal) => {
      await host.call('rollback', {}, { signal });
      context.reopen();
      after();
    });
  }

  return () => {
    const { gate, promote } = kept.get();
    const previous = context.state()?.endpoint.previous;
    const busy = retraining.busy !== undefined || back.busy !== undefined;
    return html`<section class="card stack">
      <h2>Retrain</h2>
      <p class="muted">
        Runs the recorded recipe and parameters again, and holds old and new model against each other on rows
        that neither has seen.
      </p>
      <div class="gate">
        ${textField({
          label: 'Gate',
          value: gate,
          placeholder: 'not worse on the main metric',
          help: 'For example: accuracy >= current - 0.01. The new model must fulfil it.',
          disabled: busy,
          onInput: (text) => {
            kept.set({ gate: text });
            redraw();
          },
        })}
      </div>
      ${checkbox({
        label: 'Replace the endpoint’s model if the gate holds',
        checked: promote,
        disabled: busy,
        onChange: (on) => {
          kept.set({ promote: on });
          redraw();
        },
      })}
      <div class="row">
        ${button({ label: 'Retrain with New Data…', icon: 'sync', disabled: busy, onClick: () => start(true) })}
        ${button({ label: 'Retrain with the Same Data', kind: 'secondary', disabled: busy, title: 'Reads the recorded data again, as it is now', onClick: () => start(false) })}
        ${previous ? button({ label: `Roll Back to Version ${previous.version}`, icon: 'discard', kind: 'secondary', disabled: busy, onClick: rollBack }) : nothing}
      </div>
      ${retraining.busy ? html`<div class="row">${progressRing(retraining.busy)} ${button({ label: 'Cancel', kind: 'secondary', onClick: retraining.cancel })}</div>` : nothing}
      ${back.busy ? progressRing(back.busy) : nothing}
      ${retraining.failure ? errorBanner(retraining.failure, { onFix: context.runFix, onDismiss: retraining.dismiss }) : nothing}
      ${back.failure ? errorBanner(back.failure, { onFix: context.runFix, onDismiss: back.dismiss }) : nothing}
      ${result ? comparison(result) : nothing}
    </section>`;
  };
}
