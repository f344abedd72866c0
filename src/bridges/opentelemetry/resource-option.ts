/**
 * What the telemetry is about: attributes such as `service.name`, or a resource of `@opentelemetry/resources`, which
 * may still be finding some of them.
 */
export type ResourceOption =
  | Readonly<Record<string, unknown>>
  | {
      readonly attributes: Readonly<Record<string, unknown>>;
      readonly asyncAttributesPending?: boolean;
      waitForAsyncAttributes?(): Promise<void>;
    };
