/**
 * Where a disk's bytes are. Positions and lengths are inside the disk: the device has checked them. The views are
 * guest memory; they are read or filled until the promise settles. A rejection is the guest's I/O error.
 */
export interface BlockBackend {
  /** Bytes of the disk, a multiple of 512. */
  readonly capacityBytes: number;
  readonly readOnly: boolean;
  /** At most 20 bytes of ASCII that name the disk to the guest. */
  readonly serial: string;
  /** Fills all of the views from `position` on. */
  read(views: Uint8Array[], position: number): Promise<void>;
  /** Writes all of the views from `position` on. */
  write(views: Uint8Array[], position: number): Promise<void>;
  /** Settles once everything whose write has settled is on stable storage. */
  flush(): Promise<void>;
}
