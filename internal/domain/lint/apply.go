package lint

import (
	"strconv"
	"strings"

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
	if err := set(c, f.Repair.Field, f.Repair.Value); err != nil {
		return nil, err
	}
	return c, nil
}

func set(it *catalog.Item, path, value string) error {
	if fd := catalog.FieldByKey(path); fd != nil {
		return fd.Set(it, value)
	}
	table, rest, ok := strings.Cut(path, "[")
	num, key, ok2 := strings.Cut(rest, "].")
	i, err := strconv.Atoi(num)
	if ok && ok2 && err == nil && i >= 0 {
		switch table {
		case "materials":
			return setRow(it.Materials, i, catalog.MaterialFields(), key, value)
		case "fee.items":
			return setRow(it.Fee.Items, i, catalog.FeeItemFields(), key, value)
		case "places":
			return setRow(it.Places, i, catalog.PlaceFields(), key, value)
		}
		if p := it.Process; p != nil {
			switch table {
			case "process.steps":
				return setRow(p.Steps, i, catalog.StepFields(), key, value)
			case "process.touchpoints":
				return setRow(p.Touchpoints, i, catalog.TouchpointFields(), key, value)
			case "process.sites":
				return setRow(p.Sites, i, catalog.SiteFields(), key, value)
			}
		}
	}
	return fault.Invalidf("找不到“%s”，事项可能已被修改，请重新检查。", path)
}

func setRow[T any](rows []T, i int, cols []*catalog.Column[T], key, value string) error {
	for _, c := range cols {
		if c.Key == key && i < len(rows) {
			return c.Set(&rows[i], value)
		}
	}
	return fault.Invalidf("找不到第%d行的“%s”，事项可能已被修改，请重新检查。", i+1, key)
}
