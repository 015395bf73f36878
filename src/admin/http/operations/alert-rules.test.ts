import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readExposition, type Sample } from '../../../testing/exposition.ts';
import { startTestApi, type TestApi } from '../../../testing/http/test-api.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const DEPLOY = new URL('../../../../deploy/prometheus/', import.meta.url);
const text = readFileSync(new URL('alerts.yml', DEPLOY), 'utf8');
const { groups } = parse(text) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** A metric in an expression, with its matchers. */
const SELECTOR = /\b(up|touchtone_\w+|process_\w+|nodejs_\w+)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)(=~|!=|=)"([^"]*)"/g;

/** What Prometheus itself makes, and labels that it adds. */
const OF_PROMETHEUS = new Set(['up']);

describe('the alert rules', () => {
  let api: TestApi;
  let samples: readonly Sample[];
  let exposition: string;

  beforeAll(async () => {
    api = await startTestApi();
    await api.ask('/me');
    exposition = (await api.ask('//metrics')).text;
    samples = readExposition(exposition);
  });
  afterAll(() => api.close());

  it('each have a name of their own, how bad it is, what it means and what to do', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations, ...rest } of rules) {
      expect(alert).toMatch(/^Touchtone[A-Z][A-Za-z]+$/);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/Touchtone/);
      expect(annotations.description.length, alert).toBeGreaterThan(80);
      expect(rest.for ?? '1m').toMatch(/^\d+[mh]$/);
    }
  });

  it('ask for metrics that there are, and for values that their labels have', () => {
    for (const { alert, expr } of rules) {
      const selectors = [...expr.matchAll(SELECTOR)].filter(([, name = '']) => !OF_PROMETHEUS.has(name));
      if (alert !== 'TouchtoneDown') expect(selectors.length, alert).toBeGreaterThan(0);
      for (const [selector, name = '', matchers = ''] of selectors) {
        const series = samples.filter((sample) => sample.name === name);
        expect(series.length, `${selector} of ${alert}`).toBeGreaterThan(0);
        for (const [, label = '', operator, value = ''] of matchers.matchAll(MATCHER)) {
          const values = new Set(series.map(({ labels }) => labels[label]));
          expect([...values], `${label} of ${selector}`).not.toContain(undefined);
          if (label === 'status' || operator === '!=') continue;
          for (const one of operator === '=~' ? value.split('|') : [value])
            expect([...values], selector).toContain(one);
        }
      }
    }
  });

  it('sum away nothing that they then tell', () => {
    for (const { alert, expr, annotations } of rules) {
      const told = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? '');
      for (const label of told) {
        if (expr.includes(' by (')) expect(expr, alert).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
      }
    }
  });

  it('and the metrics are all in the README', () => {
    const readme = readFileSync(new URL('README.md', DEPLOY), 'utf8').replace(/`…(_\w+)/g, '`touchtone_media_server$1');
    const names = [...exposition.matchAll(/^# TYPE (touchtone_\w+)/gm)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !readme.includes(`\`${name}`))).toEqual([]);
    const listed = [...readme.matchAll(/`(touchtone_\w+)/g)].map(([, name]) => name ?? '');
    expect(listed.filter((name) => !names.includes(name))).toEqual([]);
  });
});
