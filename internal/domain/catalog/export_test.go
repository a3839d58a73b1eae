package catalog

import (
	"maps"
	"slices"
)

// ConcernPaths are the paths that ForApplicant weighs.
func ConcernPaths() []string { return slices.Sorted(maps.Keys(concern)) }
