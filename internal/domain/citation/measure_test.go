package citation

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden summary anew")

// What is read of the published references and passages, and the list of what is
// not: the golden summary changes only on purpose.
func TestMeasure(t *testing.T) {
	const golden = "testdata/measure.golden"
	var b strings.Builder
	var misses []string
	report := func(name string, texts, read, cites, ranked int) {
		fmt.Fprintf(&b, "%s: %d distinct texts, %d read (%s); %d citations, %d ranked (%s)\n", name, texts, read, percent(read, texts), cites, ranked, percent(ranked, cites))
	}
	count := func(kind, text string, c []Citation, stop *Stop, cites, ranked, read *int) {
		*cites += len(c)
		if len(c) > 0 && stop == nil {
			*read++
		} else {
			misses = append(misses, fmt.Sprintf("%s not read: %s | %s", kind, short(text), stop))
		}
		for _, x := range c {
			if x.Level != "" {
				*ranked++
			} else {
				misses = append(misses, fmt.Sprintf("%s not ranked: %s", kind, x))
			}
		}
	}
	papers, n, read, cites, ranked := 0, 0, 0, 0, 0
	for _, l := range unique(lines(t, "testdata/refs.tsv")) {
		f := strings.Split(l, "\t")
		if notNorm(strings.TrimSpace(f[1])) {
			papers++ // a certificate or form entered as a basis
			continue
		}
		n++
		title, number, article := f[1], "", f[2]
		if strings.Contains(f[2], "号") {
			number, article = f[2], ""
		}
		c, stop := FromFields(title, number, article)
		count("reference", strings.Join(f[1:], " "), c, stop, &cites, &ranked, &read)
	}
	report("references", n, read, cites, ranked)
	fmt.Fprintf(&b, "papers entered as a basis, refused on purpose: %d\n", papers)
	n, read, cites, ranked = 0, 0, 0, 0
	without := 0
	for _, l := range unique(lines(t, "testdata/prose.txt")) {
		c, stop := Read(l)
		if len(c) == 0 { // a condition, or an article without the name of its norm
			without++
			misses = append(misses, fmt.Sprintf("passage that names no norm: %s", short(l)))
			continue
		}
		n++
		count("passage", l, c, stop, &cites, &ranked, &read)
	}
	report("passages", n, read, cites, ranked)
	fmt.Fprintf(&b, "passages that name no norm: %d\n", without)
	slices.Sort(misses)
	for _, m := range slices.Compact(misses) {
		b.WriteString(m + "\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("what is read has changed; if it is better, run go test -update\n%s", got)
	}
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func percent(part, whole int) string { return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole)) }

// short is the beginning of a text.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Forms that published bases take, each as it is to be read.
func TestForms(t *testing.T) {
	for text, want := range map[string]string{
		"《关于印发〈河北省政务服务管理办法〉的通知》（冀政办〔2018〕5号）第三条":             "《关于印发〈河北省政务服务管理办法〉的通知》（冀政办〔2018〕5号）第3条 省级文件",
		"《道路运输条例》（国务院令第406号公布，国务院令第709号修改）第二十四条第一款第（二）项、第三款": "《道路运输条例》（国务院令第406号）第24条第1款第2项 行政法规|《道路运输条例》（国务院令第406号）第24条第3款 行政法规",
		"《社会团体登记管理条例》（1998年10月25日国务院令第250号发布）第十二条":           "《社会团体登记管理条例》（国务院令第250号）第12条 行政法规",
		"中华人民共和国国务院令（第591号）《危险化学品安全管理条例》第四十三条":               "《危险化学品安全管理条例》（国务院令第591号）第43条 行政法规",
		"国务院令第412号":  "国务院令第412号 行政法规",
		"国发[2014]5号": "国发〔2014〕5号 国务院文件",
		"粤人社发[2011]37号至粤人社发〔2011〕237号": "粤人社发〔2011〕37号 省级文件|粤人社发〔2011〕237号 省级文件",
		"《药品管理法》第四十一条第一款和第二款第（一）、（三）项": "《药品管理法》第41条第1款 法律|《药品管理法》第41条第2款第1项 法律|《药品管理法》第41条第2款第3项 法律",
		"《食品安全法》第三十五条、第三十六条等":          "《食品安全法》第35条 法律|《食品安全法》第36条 法律",
		"《河北省实施〈中华人民共和国母婴保健法〉办法》第九条":   "《河北省实施〈中华人民共和国母婴保健法〉办法》第9条 地方性法规",
		"国人防〔2014〕438号":         "国人防〔2014〕438号 部门文件",
		"《药品管理法》第三条至第五条、第八条":    "《药品管理法》第3条 法律|《药品管理法》第4条 法律|《药品管理法》第5条 法律|《药品管理法》第8条 法律",
		"《药品管理法》第三至五条":          "《药品管理法》第3条 法律|《药品管理法》第4条 法律|《药品管理法》第5条 法律",
		"《药品管理法》第3-5条":          "《药品管理法》第3条 法律|《药品管理法》第4条 法律|《药品管理法》第5条 法律",
		"《药品管理法》第三条第（一）至（三）项":   "《药品管理法》第3条第1项 法律|《药品管理法》第3条第2项 法律|《药品管理法》第3条第3项 法律",
		"《药品管理法》第三条第一款至第三款、第七条": "《药品管理法》第3条第1款 法律|《药品管理法》第3条第2款 法律|《药品管理法》第3条第3款 法律|《药品管理法》第7条 法律",
		"《药品管理法》第三条第二款至第五条":     "《药品管理法》第3条第2款 法律|《药品管理法》第5条 法律",
		"《药品管理法》第五条至第三条":        "《药品管理法》第5条 法律|《药品管理法》第3条 法律",
		"《刑法》第一百二十条之一至第一百二十条之六": "《刑法》第120条之1 法律|《刑法》第120条之6 法律",
		"《药品管理法》第一条至第一百五十五条":    "《药品管理法》第1条 法律|《药品管理法》第155条 法律",
	} {
		var got []string
		for _, c := range Parse(text) {
			got = append(got, c.String()+" "+string(c.Level))
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s:\n got %s\nwant %s", text, s, want)
		}
	}
}
