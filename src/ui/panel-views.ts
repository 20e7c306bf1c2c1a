import type { Fill } from './panels';

/** Loads the host side of a view when its first panel is opened. */
export const fillPanel: Fill = async (ui, panel, key, tab) => {
  switch (key.view) {
    case 'train':
      return (await import('./views/train')).showTrain(ui, panel, key);
    case 'run':
      return (await import('./views/run')).showRun(ui, panel, key);
    case 'endpoint':
      return (await import('./views/endpoint')).showEndpoint(ui, panel, key, tab);
    case 'sql':
      return (await import('./views/sql')).showSqlPanel(ui, panel, key);
    case 'preprocess':
      return (await import('./views/preprocess')).showPreprocess(ui, panel, key);
    case 'chart':
      return (await import('./views/chart')).showChart(ui, panel, key);
    case 'doctor':
      return (await import('./views/doctor')).showDoctor(ui, panel, key);
  }
};
