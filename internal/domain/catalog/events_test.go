package catalog

import (
	"strings"
	"testing"
)

func TestEventsAreComplete(t *testing.T) {
	kinds := map[string]int{}
	for _, e := range Events() {
		if e.Key == "" || e.Name == "" || e.Intro == "" || len(e.Groups) == 0 {
			t.Errorf("event %+v", e)
		}
		if got, ok := EventByKey(e.Key); !ok || got.Name != e.Name {
			t.Errorf("%s is not found", e.Key)
		}
		kinds[e.Kind]++
		for _, g := range e.Groups {
			if g.Name == "" || !strings.Contains(g.Source, "〕") {
				t.Errorf("%s: group %q of %q", e.Key, g.Name, g.Source)
			}
			for _, m := range append(g.match, g.except...) {
				if strings.TrimSpace(m) != m || m == "" {
					t.Errorf("%s, %s: word %q", e.Key, g.Name, m)
				}
			}
		}
	}
	if kinds[EventPerson] < 9 || kinds[EventFirm] < 9 || len(kinds) != 2 {
		t.Errorf("%v", kinds)
	}
}

func TestWordsChoose(t *testing.T) {
	death, _ := EventByKey("death")
	marry, _ := EventByKey("marry")
	for name, want := range map[string]bool{"居民死亡医学证明": true, "丧葬补助金申领": true, "公墓建设审批": false, "结婚登记": false} {
		if death.Groups[0].Fits(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if !marry.Groups[0].Fits("补领结婚证") {
		t.Error("补领结婚证")
	}
}
