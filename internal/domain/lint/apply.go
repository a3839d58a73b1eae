package lint

import (
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Apply makes the finding's repair on a copy of the item. It returns an Invalid
// fault if the finding has none, or if the item has changed so that the place
// is no longer there.
func Apply(it *catalog.Item, f *Finding) (*catalog.Item, error) {
	if f.Repair == nil {
		return nil, fault.Invalidf("%s没有可以自动更正的内容，请人工修改。", f.Rule)
	}
	c := it.Clone()
	for _, x := range f.Repair.Changes {
		change := catalog.SetByPath
		if x.Remove {
			change = func(it *catalog.Item, path, _ string) error { return catalog.RemoveByPath(it, path) }
		}
		if err := change(c, x.Field, x.Value); err != nil {
			return nil, err
		}
	}
	return c, nil
}
