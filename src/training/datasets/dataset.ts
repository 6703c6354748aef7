/** Labelled images in memory, as bytes. */

export interface LabelledImages {
  readonly count: number;
  /** Pixels of one image. */
  readonly pixels: number;
  /** count × pixels bytes. */
  readonly images: Uint8Array;
  /** One class per image. */
  readonly labels: Uint8Array;
}

export interface Dataset {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** Loads the first so many images of each part. */
export type LoadDataset = (trainImages: number, testImages: number) => Dataset;

/** A dataset's file that is missing, cut short or not what it should be. */
export class DatasetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatasetError';
  }
}
