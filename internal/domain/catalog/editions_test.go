package catalog

import (
	"fmt"
	"slices"
	"testing"
)

func TestCompareEditions(t *testing.T) {
	list := func(kind ListKind, rows ...[3]string) (l []ListEntry) {
		for _, r := range rows {
			l = append(l, ListEntry{Kind: kind, Unit: r[0], Code: r[1], Name: r[2]})
		}
		return l
	}
	for _, tc := range []struct {
		what        string
		former, now []ListEntry
		want        []string
	}{
		{"nothing before", nil, list(PowerList, [3]string{"甲", "1", "取水许可"}), []string{"新增 →取水许可"}},
		{"nothing changed", list(PowerList, [3]string{"甲", "1", "取水许可"}), list(PowerList, [3]string{"甲", "1", "取水许可"}), nil},
		{"new, renamed, recoded and gone",
			list(PowerList, [3]string{"甲", "1", "取水许可"}, [3]string{"甲", "2", "打井核准"}, [3]string{"甲", "3", "采砂许可"}, [3]string{"甲", "4", "护堤核准"}),
			list(PowerList, [3]string{"甲", "4", "护堤核准"}, [3]string{"甲", "9", "水井封存"}, [3]string{"甲", "2", "凿井核准"}, [3]string{"甲", "33", "采砂许可"}),
			[]string{"新增 →水井封存", "更名 打井核准→凿井核准", "编码调整 采砂许可→采砂许可", "取消 取水许可→"}},
		{"two entries of one code", list(PowerList, [3]string{"甲", "1", "子"}, [3]string{"甲", "1", "丑"}), list(PowerList, [3]string{"甲", "1", "丑"}, [3]string{"甲", "1", "寅"}),
			[]string{"更名 子→寅"}},
		{"no codes", list(PowerList, [3]string{"甲", "", "子"}), list(PowerList, [3]string{"甲", "", "丑"}), []string{"新增 →丑", "取消 子→"}},
		{"another unit's", list(PowerList, [3]string{"甲", "1", "子"}), list(PowerList, [3]string{"乙", "1", "子"}), []string{"新增 →子", "取消 子→"}},
		{"the catalogue's entry went to another unit", list(Catalogue, [3]string{"甲", "1", "子"}), list(Catalogue, [3]string{"乙", "1", "子"}), nil},
	} {
		var got []string
		for _, c := range CompareEditions(tc.former, tc.now) {
			var from, to string
			if c.Former != nil {
				from = c.Former.Name
			}
			if c.Now != nil {
				to = c.Now.Name
			}
			got = append(got, fmt.Sprintf("%s %s→%s", c.Kind, from, to))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.what, got, tc.want)
		}
	}
}
