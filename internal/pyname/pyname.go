// Package pyname reads the names that Python packages go by: file names of wheels and
// their tags (PEP 427, 425, 600, 656 and 825), as the package packaging reads them; when
// two names or two versions are the same (PEP 503 and 440); requirements and their markers
// (PEP 508), evaluated as packaging does; and which files Python imports by their names
// (PEP 3149 and 384).
//
// Left out are whether an interpreter accepts a tag, the versions of requirements, and
// strings of markers with escapes. It reads text alone and no file. wheel compares names by it, providers and
// supply ask it what a tag promises, plan what an extension module is.
package pyname
