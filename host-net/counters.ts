/** What the bridge has seen, by cause. Only ever incremented. */
export class Counters {
  framesFromGuest = 0;
  framesToGuest = 0;
  /** The link was full: the frame is sent again later, or, if it answers a request, lost. */
  framesRefused = 0;
  /** Frames that are not well formed, or carry a wrong checksum. */
  malformed = 0;
  /** Well-formed frames of a kind, or to or from an address, that nothing here serves. */
  unserved = 0;
  connectionsOpened = 0;
  connectionsRefused = 0;
  /** By the policy. */
  connectionsDenied = 0;
  /** SYNs dropped because of the limit on connections. */
  connectionsOverLimit = 0;
  connectionsReset = 0;
  /** Of connections that are over. */
  segmentsRetransmitted = 0;
}
