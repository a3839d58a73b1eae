package search_test

import (
	"strings"
	"testing"

	"onevisit/internal/infra/search"
)

func docs() []search.Doc {
	return []search.Doc{
		{ID: "1", Name: "不动产登记", Unit: "自然资源局", Type: "行政确认", Visits: 2, Text: []string{"身份证", "申请表"}},
		{ID: "2", Name: "婚姻登记", Unit: "民政局", Type: "行政确认", Visits: 1, Text: []string{"户口簿", "身份证"}},
		{ID: "3", Name: "食品经营许可（新办）", Unit: "行政审批局", Type: "行政许可", Visits: 0, Online: true, Audience: []string{"企业法人"}},
		{ID: "4", Name: "公共场所卫生许可", Unit: "行政审批局", Type: "行政许可", Visits: 1, Code: "11130531MB000001234000123006000"},
	}
}

func ids(r search.Result) string {
	var s []string
	for _, h := range r.Hits {
		s = append(s, h.Doc.ID)
	}
	return strings.Join(s, ",")
}

func TestSearch(t *testing.T) {
	ix := search.Build(docs())
	tests := []struct {
		q    search.Query
		want string
	}{
		{search.Query{Text: "登记"}, "2,1"},
		{search.Query{Text: "怎么办理婚姻登记"}, "2"},
		{search.Query{Text: "hydj"}, "2"},
		{search.Query{Text: "hunyin"}, "2"},
		{search.Query{Text: "食品"}, "3"},
		{search.Query{Text: "ｓｐｊｙ"}, "3"},
		{search.Query{Text: "卫生许可"}, "4,3"},
		{search.Query{Text: "11130531MB"}, "4"},
		{search.Query{Text: "许可", Visits: []int{0}}, "3"},
		{search.Query{Text: "行政审批局", Types: []string{"行政许可"}}, "4,3"},
		{search.Query{Online: true}, "3"},
		{search.Query{Text: "天文台"}, ""},
		{search.Query{Text: "<script>'; DROP TABLE item; --"}, ""},
		{search.Query{Text: "😀\x00\x01"}, ""},
	}
	for _, tt := range tests {
		r := ix.Search(tt.q)
		if ids(r) != tt.want {
			t.Errorf("%q: %s, want %s", tt.q.Text, ids(r), tt.want)
		}
		if r.None+r.One+r.Many != r.Total {
			t.Errorf("%q: facets do not add up", tt.q.Text)
		}
	}
	if r := ix.Search(search.Query{}); r.Total != 4 {
		t.Errorf("an empty query lists everything, got %d", r.Total)
	}
	if r := ix.Search(search.Query{Text: strings.Repeat("登记证", 5000)}); r.Total > 4 {
		t.Errorf("long query: %d", r.Total)
	}
}
