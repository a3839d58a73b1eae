package search

import "testing"

func TestImpersonal(t *testing.T) {
	ix := Build([]Doc{{ID: "1", Name: "最低生活保障"}})
	for text, want := range map[string]string{
		"天文台":                "天文台",
		"飞机场怎么走":             "飞机场怎么走",
		"张三丰":                "",
		"张三丰的低保":             "的低保",
		"低保 13812345678":     "",
		"130531199001011234": "",
		"1305 3119 9001":     "",
		"ＰＯＳ机":               "pos机",
		"a@b.cn":             "",
		"":                   "",
		"证":                  "",
	} {
		if got := ix.Impersonal(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
