package publication

import (
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
)

// Probed is something in a published guide that does not agree with what the
// county knows.
type Probed struct {
	Kind, Field string
	Value, Text string
}

// digits are the figures of a number as it is dialled.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// samePhone compares numbers with and without the area code and an extension.
func samePhone(a, b string) bool {
	x, y := digits(a), digits(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) >= 7 && strings.Contains(y, x)
}

// ProbePhones compares an item's telephone numbers for enquiries and complaints
// with the unit's record: none of them being the unit's is worth a look. The
// county's hot line is right for everybody.
func ProbePhones(it *catalog.Item, u org.Unit) []Probed {
	var out []Probed
	for _, x := range []struct {
		field, label, record string
		given                []string
	}{{"enquiry", "咨询方式", u.Phone, it.Enquiry}, {"complaint", "监督投诉方式", u.Complaint, it.Complaint}} {
		var phones []string
		for _, g := range x.given {
			if len(digits(g)) >= 5 && !strings.Contains(g, "://") && !strings.Contains(g, "@") {
				phones = append(phones, g)
			}
		}
		if x.record == "" || len(phones) == 0 || slices.ContainsFunc(phones, func(p string) bool { return digits(p) == "12345" || samePhone(p, x.record) }) {
			continue
		}
		value := strings.Join(phones, "、")
		out = append(out, Probed{"电话", x.field, value, fmt.Sprintf("%s写的是 %s，单位登记的是 %s", x.label, value, x.record)})
	}
	return out
}

// ProbeForms finds forms and samples that an item refers to and that are not
// kept any more.
func ProbeForms(it *catalog.Item, kept func(hash string) bool) []Probed {
	var out []Probed
	look := func(field, label, ref string) {
		if f, ok := catalog.ParseFile(ref); ok && !kept(f.Hash) {
			out = append(out, Probed{"表格和样例", field, ref, fmt.Sprintf("%s“%s”的文件已经不在", label, f.Name)})
		}
	}
	for i, m := range it.Materials {
		look(fmt.Sprintf("materials[%d].form", i), m.Name+"的空白表格", m.Form)
		look(fmt.Sprintf("materials[%d].sample", i), m.Name+"的示例样表", m.Sample)
	}
	look("result.sample", "结果样本", it.Result.Sample)
	return out
}
