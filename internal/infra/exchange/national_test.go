package exchange

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
)

// TestNationalKeysOfElements: every key that the element tables name is written, and
// stands for a field of that element.
func TestNationalKeysOfElements(t *testing.T) {
	paths := map[string]*catalog.Field{}
	for _, k := range NationalKeys() {
		if paths[k.Key] != nil {
			t.Errorf("%s twice", k.Key)
		}
		paths[k.Key] = k.Field
	}
	word := regexp.MustCompile(`[a-z_]+`)
	for _, e := range catalog.Elements().Elements {
		words := word.FindAllString(strings.NewReplacer("[]", "", "_explain)", "_explain", "anticipate_day/_type/_explain", "anticipate_day anticipate_type anticipate_explain",
			"promise_day/_type/_explain", "promise_day promise_type promise_explain", "fee_projects[]/fee_basis", "fee_projects").Replace(e.Key), -1)
		if e.No == 7 {
			words = []string{"power_division"}
		}
		if len(words) == 0 {
			t.Errorf("element %d has no key", e.No)
		}
		for _, w := range words {
			if f := paths[w]; f == nil || f.Element != e.No {
				t.Errorf("element %d: key %s is not written, or for another element: %+v", e.No, w, f)
			}
		}
	}
}

// national is what the national exchange carries of an item.
func national(it *catalog.Item) *catalog.Item {
	c := it.Clone()
	c.Scenarios, c.Extra, c.Reform, c.Source, c.CurrentLimit, c.LocalCode, c.Result.Licence = nil, nil, catalog.Reform{}, "", catalog.Limit{}, "", ""
	for i := range c.Materials {
		c.Materials[i].OnlyIf = nil
	}
	if p := c.Process; p != nil {
		p.Touchpoints, p.Sites, p.MainHall, p.FormalCheck = nil, nil, "", false
	}
	return c
}

// realItems are items of lists in use and the example of the format.
func realItems(t *testing.T) []*catalog.Item {
	items := []*catalog.Item{exampleItem()}
	for _, f := range []string{"guangan.csv", "guangdong.jsonl", "luoyang.jsonl", "web.jsonl"} {
		recs, _ := readFile(t, "testdata/"+f)
		for _, r := range recs {
			items = append(items, r.Item)
		}
	}
	return items
}

// TestNationalRoundTrip: what is written under the national keys is read back the
// same, without a remark on the codes, in every format.
func TestNationalRoundTrip(t *testing.T) {
	items := realItems(t)
	items[1].NoMaterials, items[1].Materials = true, nil
	items[2].FAQ = []catalog.QA{{Q: "可以委托他人办理吗？", A: "可以。"}, {Q: "要预约吗？", A: "不用。"}}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"a.json":  func(b *bytes.Buffer) error { return WriteNationalJSON(b, Slice(items)) },
		"a.jsonl": func(b *bytes.Buffer) error { return WriteNationalJSONL(b, Slice(items)) },
		"a.xlsx":  func(b *bytes.Buffer) error { return WriteNationalXLSX(b, Slice(items)) },
		"a.csv":   func(b *bytes.Buffer) error { return WriteNationalCSV(b, Slice(items)) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		recs, rep, err := readBytes(t, name, b.Bytes(), Options{})
		if err != nil || len(recs) != len(items) || rep.Bad != 0 || rep.Mapping != NationalMapping || len(rep.Unknown) != 0 {
			t.Fatalf("%s: %v, %d records of %d, bad %d, mapping %s, unknown %v", name, err, len(recs), len(items), rep.Bad, rep.Mapping, rep.Unknown)
		}
		for i, rec := range recs {
			want, got := national(items[i]), rec.Item
			if name == "a.csv" { // materials and steps by name only
				names := func(it *catalog.Item) {
					for j, m := range it.Materials {
						it.Materials[j] = catalog.Material{Name: m.Name}
					}
					if it.Process != nil {
						for j, s := range it.Process.Steps {
							it.Process.Steps[j] = catalog.Step{Name: s.Name, Days: s.Days}
						}
					}
				}
				names(want)
				names(got)
			}
			if g, w := encode(t, got), encode(t, want); g != w {
				t.Errorf("%s: item %d changed:\n got %s\nwant %s", name, i, g, w)
				break
			}
			for _, p := range rec.Problems {
				if strings.Contains(p.Message, "代码") {
					t.Errorf("%s: a remark on a code: %+v", name, p)
				}
			}
		}
	}
}

// TestNationalCodes: values of the standard's dictionaries go out as its codes.
func TestNationalCodes(t *testing.T) {
	it := &catalog.Item{Name: "甲", Type: "行政许可", Level: "县级", Audience: []string{"自然人", "企业法人", "外星人"}, CaseType: "承诺件", Channels: []string{"窗口办理"}, Body: catalog.Body{Nature: "授权组织"},
		PromisedLimit: catalog.Limit{N: 0, Unit: catalog.UnitWorkday}, Fee: catalog.Fee{Charged: true}}
	b, err := nationalJSON(it)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	for k, want := range map[string]string{"task_type": "01", "use_level": "4", "server_type": "1,2,外星人", "project_type": "2", "handle_type": "1", "dept_type": "2", "promise_day": "0",
		"promise_type": "工作日", "anticipate_day": "", "is_fee": "1", "is_express": "0"} {
		if got[k] != want {
			t.Errorf("%s: %v, want %s", k, got[k], want)
		}
	}
	// 备案 shares its code with 其他行政权力, so that the code would not lead back.
	it.Type = "备案"
	if b, _ := nationalJSON(it); !bytes.Contains(b, []byte(`"task_type":"备案"`)) {
		t.Errorf("%s", b)
	}
	if len(got) != len(NationalKeys()) || slices.Contains(NationalKeys(), NationalKey{}) {
		t.Errorf("%d keys written, %d declared", len(got), len(NationalKeys()))
	}
}
