package code

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
)

func TestParseKinds(t *testing.T) {
	for _, x := range []struct {
		in, kind string
		valid    bool
		problem  string // part of it
	}{
		{"512011001001", KindBasic, true, ""},
		{"511Z07001006", KindBasic, true, ""},
		{"000131024000", KindBasic, true, ""},
		{"51201100100A", KindBasic, false, "第12位“A”"},
		{"5A2011001001", KindBasic, false, "第2位“A”"},
		{"44010200200Y", KindMain, true, ""},
		{"12441500196720244T3442199806003", KindImpl, true, ""},
		{"　12441500196720244t3442199806003 ", KindImpl, true, ""},
		{"１２441500196720244T3442199806003", KindImpl, true, ""},
		{"12441500196720244U3442199806003", KindImpl, false, "应为“T”"},
		{"12441500196720244TX442199806003", KindImpl, false, "第19位“X”"},
		{"124415O0196720244T3442199806003", KindImpl, false, "第7位“O”"},
		{"12441500196720244T3442199806O03", KindImpl, false, "第29位“O”"},
		{"11440000006940116U244010200300103", KindHandling, true, ""},
		{"11440000006940116U2440102003001A3", KindHandling, false, "第32位“A”"},
		{"11440000006940116U", KindUSCC, true, ""},
		{"11440000006940116V", KindUSCC, false, "字符集"},
		{"11010519491231002X", KindID, true, ""},
		{"11010519491231002x", KindID, true, ""},
		{"110105194912310021", KindUSCC, false, "校验码"},
		{"12441500196720244T3442199806003202206230068", KindCase, true, ""},
		{"00877868-5", KindOrganization, true, ""},
		{"008778685", KindOrganization, true, ""},
		{"130531", KindDivision, true, ""},
		{"110105491231002", KindID15, true, ""},
		{"XK00123001", KindBasic10, true, ""},
		{"511A0138000000", KindSichuanBasic, true, ""},
		{"51201500600004", KindSichuanBasic, true, ""},
		{"511A0138000000-511602000000-000-115113010833722043-1-00", KindSichuanImpl, true, ""},
		{"512C0107400001-511602000000-000-00877868-5-1-00", KindSichuanImpl, true, ""},
		{"511A0014100002-511602000000-000-2222222222222-1-00", KindSichuanImpl, false, "13位"},
		{"G-000007-001", KindSichuanOld, true, ""},
		{"1J-5100-00027", KindSichuanOld, true, ""},
		{"G-000007-001-511602000000-000-115113010833722043-1-00", KindSichuanImpl, true, ""},
		{"62052400MZ-XK-0001", KindCountyPower, true, ""},
		{"120000WJWXK02002-03", KindTianjin, true, ""},
		{"公共服务-94372-006", KindNamedType, true, ""},
		{"", KindUnknown, false, "没有输入"},
		{"12345", KindUnknown, false, "共5位"},
		{"行政许可事项的名称", KindOrganization, false, "不能用于编码"},
		{strings.Repeat("1", 5000), KindUnknown, false, "过长"},
	} {
		c := Parse(x.in)
		if c.Kind != x.kind || c.Valid != x.valid || x.problem != "" && !strings.Contains(c.Problem, x.problem) || c.Valid == (c.Problem != "") {
			t.Errorf("%q: %s %v %q, want %s %v %q", x.in, c.Kind, c.Valid, c.Problem, x.kind, x.valid, x.problem)
		}
		if c.Parts == nil || c.Notes == nil {
			t.Errorf("%q: null in the JSON", x.in)
		}
	}
}

func TestPartsAndNotes(t *testing.T) {
	c := Parse("12441500196720244T3442199806003")
	for k, want := range map[string]string{"uscc": "12441500196720244T", "level": "3", "level_name": "市级", "basic": "442199806003", "division": "44", "type": "21", "type_name": "公共服务", "department": "99", "main": "806", "sub": "003"} {
		if c.Parts[k] != want {
			t.Errorf("%s = %q, want %q", k, c.Parts[k], want)
		}
	}
	// A wrong inner digit of GB 11714 is a note: find such a code.
	s := "11130531MB0000005"
	for CheckOrganization(s[8:16]) == s[16] {
		t.Fatal("pick another")
	}
	s += string(CheckUSCC(s))
	if c := Parse(s); !c.Valid || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "GB 11714") {
		t.Errorf("%+v", c)
	}
	if c := Parse("139999001000"); !c.Valid || len(c.Notes) != 1 {
		t.Errorf("unknown type is one note: %+v", c)
	}
	if n, ok := DepartmentName("44", "02"); !ok || n != "教育" {
		t.Error(n)
	}
	if n, _ := DepartmentName("13", "14"); n != "人力资源社会保障" {
		t.Error(n)
	}
	if n, _ := TypeName("44", "20"); n != "其他行政权力" {
		t.Error(n)
	}
	if n, _ := TypeName("51", "1F"); n != "行政确认" {
		t.Error(n)
	}
	if n, ok := TypeCode("13", "公共服务"); !ok || n != "20" {
		t.Error(n)
	}
	for i := 1; i <= 7; i++ {
		n, _ := LevelName(fmt.Sprint(i))
		if back, ok := LevelCode(n); !ok || back != fmt.Sprint(i) {
			t.Errorf("level %d: %s -> %s", i, n, back)
		}
	}
}

// Every sort of code that was published is recognised, and those of the
// national scheme are right.
func TestPublishedCodes(t *testing.T) {
	f, err := os.Open("testdata/codes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts, invalid := map[string]int{}, map[string]int{}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		source, code, ok := strings.Cut(sc.Text(), "\t")
		if !ok || source[0] == '#' {
			continue
		}
		c := Parse(code)
		counts[source+" "+c.Kind]++
		if !c.Valid {
			invalid[source+" "+c.Kind]++
			// One body has a provisional code with a V, which the standard lacks.
			if strings.HasPrefix(source, "guangdong.") && !strings.Contains(code, "GD030003V") {
				t.Errorf("%s %s: %s", source, code, c.Problem)
			}
		}
		if c.Kind == KindUnknown && !strings.HasPrefix(source, "guangan.dept") {
			if _, seen := invalid["logged "+source]; !seen {
				t.Logf("not recognised: %s %s: %s", source, code, c.Problem)
			}
			invalid["logged "+source]++
		}
	}
	for k, n := range counts {
		t.Logf("%-45s %4d, not valid %d", k, n, invalid[k])
	}
	if counts["guangdong.impl_code "+KindImpl] < 50 || counts["guangdong.parent_base_code "+KindMain] < 15 || counts["guangan.item_code "+KindSichuanImpl] < 80 {
		t.Error("fewer recognised than before")
	}
}

func TestMake(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1305, 31))
	for range 500 {
		s, err := MakeUSCC([]string{"11", "12", "51", "91"}[rnd.IntN(4)], "130531", rnd.IntN(1_000_000))
		if err != nil || !ValidUSCC(s) || !ValidOrganization(s[8:17]) {
			t.Fatal(s, err)
		}
		basic, err := MakeBasic("13", "01", "23", 1+rnd.IntN(999), rnd.IntN(1000))
		if err != nil || !ValidBasic(basic.String()) {
			t.Fatal(basic, err)
		}
		impl, err := MakeImpl(s, "4", basic)
		if err != nil || !ValidImpl(impl.String()) {
			t.Fatal(impl, err)
		}
		h, err := MakeHandling(impl, 1+rnd.IntN(99))
		if err != nil || !ValidHandling(h.String()) {
			t.Fatal(h, err)
		}
		if got, _ := BasicOf(h.String()); got != basic.String() {
			t.Fatal(got)
		}
		if back, err := ParseHandling(h.String()); err != nil || back != h {
			t.Fatal(back, err)
		}
		id, err := MakeID("130531", "1990-02-28", rnd.IntN(1000))
		if err != nil || !ValidCitizen(id.Reveal()) {
			t.Fatal(err)
		}
		// Any single wrong character is found.
		b := []byte(s)
		at := rnd.IntN(18)
		old := b[at]
		for b[at] == old {
			b[at] = usccAlphabet[rnd.IntN(31)]
		}
		if ValidUSCC(string(b)) {
			t.Fatalf("%s passes for %s", b, s)
		}
	}
	for _, err := range []error{
		second(MakeUSCC("1", "130531", 1)), second(MakeUSCC("1O", "130531", 1)), second(MakeUSCC("11", "13053A", 1)), second(MakeUSCC("11", "130531", -1)),
		second(MakeBasic("13", "01", "23", 0, 0)), second(MakeBasic("1", "01", "23", 1, 0)), second(MakeImpl("11", "4", BasicCode{})), second(MakeImpl("11", "9", BasicCode{})),
		second(MakeHandling(ImplCode{}, 100)), second(MakeID("130531", "1990-02-30", 1)), second(ParseID("130531")), second(ParseUSCC("")),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	}
	// Demonstration numbers of the standards.
	if CheckCitizen("11010519491231002") != 'X' || CheckCitizen("44052418800101001") != '4' {
		t.Error("GB 11643")
	}
}

func second[T any](_ T, err error) error { return err }

func TestMaskNeverShows(t *testing.T) {
	id, phone := IDNumber("11010519491231002X"), Phone("13800138000")
	type person struct {
		ID    IDNumber
		Phone Phone
	}
	p := person{id, phone}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "id", id, "p", p, "phone", phone)
	js, err := json.Marshal(map[string]any{"p": p, "list": []Phone{phone}, "m": map[string]IDNumber{"id": id}})
	if err != nil {
		t.Fatal(err)
	}
	outs := []string{log.String(), string(js)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%30s", "%-30v", "%.20s", "%T%v"} {
		outs = append(outs, fmt.Sprintf(verb, id), fmt.Sprintf(verb, phone), fmt.Sprintf(verb, p), fmt.Sprintf(verb, &p), fmt.Sprintf(verb, []IDNumber{id}), fmt.Sprintf(verb, fmt.Errorf("%v", phone)))
	}
	for _, o := range outs {
		if strings.Contains(o, "19491231") || strings.Contains(o, "0013") || strings.Contains(o, "3139343931") {
			t.Errorf("shown: %s", o)
		}
	}
	if id.String() != "110***********002X" || phone.String() != "138****8000" || id.Reveal() != "11010519491231002X" || IDNumber("123").String() != "****" || Phone("7212345").String() != "*****45" || Phone("").String() != "" {
		t.Error(id, phone, Phone("7212345"))
	}
	var back person
	if err := json.Unmarshal([]byte(`{"ID":"110***********002X"}`), &back); err == nil {
		t.Error("a masked number was read back")
	}
	if err := json.Unmarshal([]byte(`{"ID":"11010519491231002x","Phone":"13800138000"}`), &back); err != nil || back.ID != id || back.Phone != phone {
		t.Error(err)
	}
}

func TestMaskText(t *testing.T) {
	for in, want := range map[string]string{
		"张三，身份证11010519491231002X，电话13800138000。":                 "张三，身份证110***********002X，电话138****8000。",
		"电话：138 0013 8000，138-0013-8000":                          "电话：138 **** 8000，138-****-8000",
		"１３８００１３８０００":                                             "１３８****８０００",
		"+8613800138000":                                          "+861******8000",
		"110105 19491231 002x":                                    "110105 19491231 002x"[:3] + "*** ******** 002x",
		"110105491231002":                                         "110********1002",
		"咨询电话0319-7212345":                                        "咨询电话0319-7212345",
		"12441500196720244T3442199806003":                         "12441500196720244T3442199806003",
		"511A0138000000-511602000000-000-115113010833722043-1-00": "511A0138000000-511602000000-000-115113010833722043-1-00",
		"2018-09-30 13800138000":                                  "2018-09-30 138****8000",
		"没有号码":                                                    "没有号码",
		"订单号20180930123456":                                       "订单号20180930123456",
		"13800138000、13900139000":                                 "138****8000、139****9000",
	} {
		if got := MaskText(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"512011001001", "１２441500196720244t3442199806003", "11010519491231002X", "511A0138000000-511602000000-000-115113010833722043-1-00", "62052400MZ-XK-0001", "120000WJWXK02002-03", "公共服务-94372-006", "1J-5100-00027", "\xff\u200b", "G-000007-001--", "------", "51201100100é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Parse(s)
		n := Normalize(s)
		if Normalize(n) != n {
			t.Fatalf("Normalize is not idempotent: %q %q", s, n)
		}
		if len(s) < 128 && !reflect.DeepEqual(Parse(n), c) {
			t.Fatalf("%q and %q are judged differently", s, n)
		}
		if c.Valid == (c.Problem != "") {
			t.Fatalf("%q: %+v", s, c)
		}
		for _, ok := range []bool{
			ValidBasic(n) != (second(ParseBasic(s)) == nil), ValidImpl(n) != (second(ParseImpl(s)) == nil), ValidHandling(n) != (second(ParseHandling(s)) == nil),
			ValidUSCC(n) != (second(ParseUSCC(s)) == nil), ValidCitizen(n) != (second(ParseID(s)) == nil),
		} {
			if ok {
				t.Fatalf("%q: validator and parser disagree", s)
			}
		}
		MaskText(s)
	})
}

func FuzzMaskText(f *testing.F) {
	f.Add("身份证11010519491231002X", "。")
	f.Add("1 1 1 1 1", " ")
	f.Fuzz(func(t *testing.T, a, b string) {
		out := MaskText(a + " 13800138000" + b)
		if MaskText(out) != MaskText(MaskText(out)) {
			t.Fatalf("not stable: %q", out)
		}
	})
}

func BenchmarkValidImpl(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ValidImpl("12441500196720244T3442199806003")
	}
}

func BenchmarkParseImpl(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("12441500196720244T3442199806003")
	}
}
