import type { Span } from '../../tracing/trace.ts';
import { UpstreamError } from '../errors.ts';

/** Runs a read of many keys as a step of the operation that needs them. */
export async function recorded<Answers extends readonly unknown[]>(
  parent: Span,
  { upstream, endpoint }: { readonly upstream: string; readonly endpoint: string },
  read: (step: Span) => Promise<Answers>,
): Promise<Answers> {
  const step = parent.child(`load ${endpoint}`, {
    'assay.upstream': upstream,
    'assay.endpoint': endpoint,
  });
  try {
    const found = await read(step);
    const failures = found.filter((answer) => answer instanceof UpstreamError);
    step.set({ 'assay.keys': found.length, 'assay.failed': failures.length });
    if (failures[0] !== undefined) step.fail(failures[0]);
    return found;
  } catch (error) {
    step.fail(error);
    throw error;
  } finally {
    step.end();
  }
}
