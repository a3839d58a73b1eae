package lint_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
)

// Whatever an item holds, the rules end, every finding is complete, and a
// repair either applies or says why not.
func FuzzRun(f *testing.F) {
	good, err := lint.GoodItem().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"process":{"steps":[{"id":"a","with":"a"}],"touchpoints":[{"id":"","from":"a","to":"b"}]}}`))
	f.Add([]byte(`{"scenarios":{"questions":[],"leaves":[{"name":"x","process":null},{"name":"y","process":{"steps":[]}}]},"visits":-5}`))
	f.Add([]byte(`{"implementation_code":"１１","body":{"uscc":"\u0000"},"legal_limit":{"n":-9223372036854775808,"unit":"年"},"promised_limit":{"n":9223372036854775807,"unit":"小时"}}`))
	f.Add([]byte(`{"enquiry":["+"," - ","0","86"],"online":{"url":"http://[::1"},"materials":[{},{"need":"容缺后补"}],"bases":[{"text":"《"}]}`))
	f.Add([]byte(`{"type":"许可","case_type":"联办","reform":{"by":"2018年1月1日","class":"改革后最多跑一次","measures":["M2"]},"fee":{"charged":true}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var it catalog.Item
		if json.Unmarshal(b, &it) != nil {
			return
		}
		ctx := testContext()
		for _, s := range []*lint.Subject{lint.ItemSubject(&it), lint.UnitSubject(it.Unit, []*catalog.Item{&it, &it})} {
			for _, fd := range lint.Run(ctx, s) {
				if fd.Rule == "" || fd.Message == "" || fd.Clause == "" || fd.Severity == "" || fd.Fix == "" {
					t.Fatalf("incomplete: %+v", fd)
				}
				if utf8.ValidString(it.Name) && !json.Valid(mustJSON(t, fd)) {
					t.Fatalf("no JSON: %+v", fd)
				}
				if fd.Repair != nil && s.Item != nil {
					if _, err := lint.Apply(&it, &fd); err != nil {
						t.Fatalf("%s: repair %+v: %v", fd.Rule, fd.Repair, err)
					}
				}
			}
		}
	})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
