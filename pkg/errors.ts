// Whose fault: every class names who handed over the bad input. A bug of our own throws a plain Error.

/** A package operation failed because of what somebody else supplied. */
export class PkgError extends Error {
  override readonly name: string = this.constructor.name;
}

/** The bytes of a catalog break its format. */
export class CatalogError extends PkgError {}

/** The bytes of a bundle break the .osx container format. */
export class BundleError extends PkgError {}

/** The library that a bundle needs is not there, or is another build of it. */
export class LibraryError extends PkgError {}

/** The manifest section of a bundle holds a value that is not allowed. */
export class ManifestError extends PkgError {}

/** A package name is not in the catalog. */
export class UnknownPackageError extends PkgError {}

/** A package server cannot be reached, or the connection broke before the body ended. */
export class ServerError extends PkgError {}

/** A package server answered, but not with what was asked for. */
export class HttpError extends PkgError {}

/** A body is shorter or longer than the catalog says. */
export class SizeMismatchError extends PkgError {}

/** The SHA-256 of a body differs from the catalog's. */
export class DigestMismatchError extends PkgError {}

/** A project folder, or its oscortex.json, is not what `oscortex-pack` needs. */
export class ProjectError extends PkgError {}

/** The compiler refused a project's sources; the message holds its diagnostics. */
export class CompileError extends PkgError {}

/** A compiled module breaks the rules for apps: imports, entry, memory. */
export class ModuleError extends PkgError {}

/** A repository folder, or its repository.json, cannot be served. */
export class RepositoryError extends PkgError {}
