import { expect, test } from "vitest";
import { RtoEstimator } from "./tcp-rto.ts";

test("begins with one second and follows RFC 6298 from the first sample on", () => {
  const rto = new RtoEstimator();
  expect(rto.timeoutMs).toBe(1000);
  rto.sample(400);
  expect(rto.timeoutMs).toBe(400 + 4 * 200);
  rto.sample(480); // variation 200 + (80 - 200) / 4, smoothed 400 + 80 / 8
  expect(rto.timeoutMs).toBe(410 + 4 * 170);
});

test("is 200 ms at least", () => {
  const rto = new RtoEstimator();
  rto.sample(1);
  expect(rto.timeoutMs).toBe(200);
});

test("doubles up to ten seconds, until something is acknowledged", () => {
  const rto = new RtoEstimator();
  const timeouts = Array.from({ length: 6 }, () => {
    rto.backOff();
    return rto.timeoutMs;
  });
  expect(timeouts).toEqual([2000, 4000, 8000, 10_000, 10_000, 10_000]);
  rto.restore();
  expect(rto.timeoutMs).toBe(1000);
});
