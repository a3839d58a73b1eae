package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

// Linked says what linked data need to know beside the items. The zero value
// serves; then pages and place are not named.
type Linked struct {
	// Place is the county (广宗县) and Division its code after GB/T 2260.
	Place, Division string
	// Base is the portal's address without a slash at its end.
	Base string
	// Page gives the address of an item's guide, "" where it has none.
	Page func(*catalog.Item) string
}

// A thing is one node of the graph; encoding sorts its keys.
type thing = map[string]any

// ldContext names the vocabularies of CPSV-AP 3.2 and the program's own, which
// is for what only these lists know.
var ldContext = func() string {
	c := thing{"cpsv": "http://purl.org/vocab/cpsv#", "cv": "http://data.europa.eu/m8g/", "dct": "http://purl.org/dc/terms/", "dcat": "http://www.w3.org/ns/dcat#",
		"eli": "http://data.europa.eu/eli/ontology#", "foaf": "http://xmlns.com/foaf/0.1/", "locn": "http://www.w3.org/ns/locn#", "org": "http://www.w3.org/ns/org#",
		"rdfs": "http://www.w3.org/2000/01/rdf-schema#", "skos": "http://www.w3.org/2004/02/skos/core#", "time": "http://www.w3.org/2006/time#",
		"xsd": "http://www.w3.org/2001/XMLSchema#", "spdx": "http://spdx.org/rdf/terms#", "ov": "urn:onevisit:item@1#"}
	// Texts for people have a language, links are no texts.
	for _, t := range []string{"dct:title", "dct:description", "skos:prefLabel", "rdfs:label", "dcat:keyword", "ov:promisedLimit", "ov:legalLimit"} {
		c[t] = thing{"@id": t, "@language": "zh"}
	}
	for _, t := range []string{"cv:hasCompetentAuthority", "cv:hasChannel", "cv:contactPoint", "cpsv:hasInput", "cpsv:produces", "cv:hasCost", "cv:hasLegalResource",
		"cv:holdsRequirement", "cpsv:follows", "cpsv:implements", "dct:type", "dct:audience", "dct:language", "dct:isPartOf", "dct:spatial", "dct:publisher", "dct:conformsTo",
		"dct:license", "cv:isClassifiedBy", "cv:thematicArea", "cv:openingHours", "cv:ownedBy", "cv:currency", "cv:hasParticipation", "cv:hasParticipant", "cv:role",
		"foaf:page", "dcat:landingPage", "dcat:dataset", "dcat:distribution", "dcat:accessURL", "dcat:downloadURL", "dcat:mediaType", "skos:inScheme"} {
		c[t] = thing{"@id": t, "@type": "@id"}
	}
	c["cv:processingTime"] = thing{"@id": "cv:processingTime", "@type": "xsd:duration"}
	c["cv:hasValue"] = thing{"@id": "cv:hasValue", "@type": "xsd:double"}
	c["dct:modified"] = thing{"@id": "dct:modified", "@type": "xsd:dateTime"}
	c["ov:materials"] = thing{"@id": "ov:materials", "@type": "@id", "@container": "@list"} // their order
	b, err := json.Marshal(c)
	if err != nil {
		panic("exchange: context: " + err.Error())
	}
	return string(b)
}()

// Things that are not ours to name.
const (
	ldChinese = "http://publications.europa.eu/resource/authority/language/ZHO"
	ldYuan    = "http://publications.europa.eu/resource/authority/currency/CNY"
	ldChina   = "http://publications.europa.eu/resource/authority/country/CHN"
)

// WriteJSONLD writes the items as linked data after CPSV-AP 3.2.0 (SEMIC): each a
// cpsv:PublicService with what it needs, gives and costs. It is for catalogues and
// search engines, and says less than the other formats; it is not read again.
func WriteJSONLD(w io.Writer, items Items) error { return Linked{}.Write(w, items) }

// Write writes the items as WriteJSONLD does, a thing a line: a reader may take
// any number of lines at once. What several items share is written once.
func (l Linked) Write(w io.Writer, items Items) error {
	g := newGraph(w)
	for it, err := range items {
		if err != nil {
			return err
		}
		l.service(g, it)
	}
	return g.close()
}

// graph writes nodes, each name once.
type graph struct {
	bw   *bufio.Writer
	seen map[string]bool // of what is shared
	sep  string
	err  error
}

func newGraph(w io.Writer) *graph {
	g := &graph{bw: bufio.NewWriterSize(w, 64<<10), seen: map[string]bool{}, sep: "\n"}
	_, g.err = g.bw.WriteString(`{"@context":` + ldContext + `,"@graph":[`)
	return g
}

func (g *graph) close() error {
	if g.err == nil {
		_, g.err = g.bw.WriteString("\n]}\n")
	}
	if g.err != nil {
		return g.err
	}
	return g.bw.Flush()
}

// add writes a node and returns its name. Empty values are left out.
func (g *graph) add(n thing) string {
	id := n["@id"].(string)
	for k, v := range n {
		switch x := v.(type) {
		case string:
			if x == "" {
				delete(n, k)
			}
		case []string:
			if len(x) == 0 {
				delete(n, k)
			}
		}
	}
	if g.err != nil {
		return id
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if g.err = enc.Encode(n); g.err == nil {
		_, _ = g.bw.WriteString(g.sep) // a bufio.Writer keeps its error
		_, g.err = g.bw.Write(bytes.TrimRight(b.Bytes(), "\n"))
		g.sep = ",\n"
	}
	return id
}

// share writes a node if its name is new.
func (g *graph) share(id string, n thing) string {
	if !g.seen[id] {
		g.seen[id] = true
		n["@id"] = id
		g.add(n)
	}
	return id
}

// concept is a value of one of the program's dictionaries.
func (g *graph) concept(dictionary, name string) string {
	id := "urn:onevisit:dictionary:" + url.PathEscape(dictionary) + ":" + url.PathEscape(name)
	n := thing{"@type": "skos:Concept", "skos:prefLabel": name}
	if d := catalog.Dict(dictionary); d != nil {
		n["skos:notation"] = d.Code(name)
	}
	return g.share(id, n)
}

var divisionOf = regexp.MustCompile(`^.{2}(\d{6})`)

// location is the county that a 统一社会信用代码 names, else the one that writes.
func (l Linked) location(g *graph, uscc string) string {
	division := l.Division
	if m := divisionOf.FindStringSubmatch(uscc); m != nil {
		division = m[1]
	}
	if division == "" {
		return g.share(ldChina, thing{"@type": "dct:Location", "skos:prefLabel": "中国"})
	}
	n := thing{"@type": "dct:Location", "dct:identifier": division}
	if division == l.Division {
		n["skos:prefLabel"] = l.Place
	}
	return g.share("urn:onevisit:division:"+division, n)
}

// organisation is an office of the government.
func (l Linked) organisation(g *graph, name, uscc string) string {
	id, number := "urn:onevisit:organisation:"+url.PathEscape(uscc), uscc
	if uscc == "" {
		id, number = "urn:onevisit:organisation:"+url.PathEscape(name), name
	}
	if g.seen[id] {
		return id
	}
	return g.share(id, thing{"@type": []string{"cv:PublicOrganisation", "org:Organization", "foaf:Agent"}, "dct:identifier": number, "dct:title": name, "skos:prefLabel": name,
		"dct:spatial": l.location(g, uscc)})
}

// dataset is the whole of what the county publishes.
func (l Linked) dataset(g *graph) string {
	place := l.Place
	if place == "" {
		place = "本地"
	}
	id := "urn:onevisit:dataset:" + l.Division
	if g.seen[id] {
		return id
	}
	publisher := place + "人民政府"
	n := thing{"@type": "dcat:Dataset", "dct:title": place + "最多跑一次事项", "dct:description": place + "公布的政务服务事项、实施清单和办事指南。", "dct:identifier": id,
		"dct:publisher": l.organisation(g, publisher, "")}
	if l.Base != "" {
		page := l.Base + "/data"
		n["dcat:landingPage"] = g.share(page, thing{"@type": "foaf:Document"})
	}
	return g.share(id, n)
}

// linkedID names an item by its identity: the implementation code, else unit,
// name and variant.
func linkedID(it *catalog.Item) string {
	const urn = "urn:onevisit:item:"
	if it.ImplementationCode != "" {
		return urn + url.PathEscape(it.ImplementationCode)
	}
	return urn + url.PathEscape(it.Unit) + "/" + url.PathEscape(it.Name) + "/" + url.PathEscape(it.Variant)
}

// service writes an item and all that belongs to it.
func (l Linked) service(g *graph, it *catalog.Item) {
	id := linkedID(it)
	// part is a node of this item alone.
	part := func(kind string, i int, class string, n thing) string {
		n["@id"] = id + "#" + kind + "-" + strconv.Itoa(i+1)
		n["@type"] = class
		n["dct:identifier"] = n["@id"]
		return g.add(n)
	}
	body := cmp.Or(it.Body.Name, it.Unit, "未注明的单位")
	authority := l.organisation(g, body, it.Body.USCC)
	g.share(ldChinese, thing{"@type": "dct:LinguisticSystem"})
	visits := linkedVisits(it)
	s := thing{"@id": id, "@type": "cpsv:PublicService", "dct:identifier": id, "dct:title": it.Name, "dct:description": linkedSummary(it, visits), "dct:language": ldChinese,
		"cv:hasCompetentAuthority": authority, "dct:spatial": l.location(g, it.Body.USCC), "dct:isPartOf": l.dataset(g), "dcat:keyword": it.Topics}
	for _, c := range []struct{ key, value string }{{"ov:basicCode", it.BasicCode}, {"ov:implementationCode", it.ImplementationCode}, {"ov:handlingCode", it.HandlingCode}} {
		s[c.key] = c.value
	}
	if it.Type != "" {
		s["cv:isClassifiedBy"] = g.concept("事项类型", it.Type)
	}
	var audience, topics []string
	for _, a := range it.Audience {
		audience = append(audience, g.concept("服务对象", a))
	}
	for _, t := range it.Topics {
		topics = append(topics, g.concept("主题分类", t))
	}
	s["dct:audience"], s["cv:thematicArea"] = audience, topics

	var laws []string
	for _, b := range it.Bases {
		if b.Text != "" {
			laws = append(laws, g.share("urn:onevisit:law:"+url.PathEscape(b.Text), thing{"@type": "eli:LegalResource", "dct:title": b.Text}))
		}
	}
	s["cv:hasLegalResource"] = laws
	if p := it.Process; p != nil && len(p.Steps) > 0 {
		s["cpsv:follows"] = part("rule", 0, "cpsv:Rule", thing{"dct:title": "办理流程", "dct:description": catalog.FieldByKey("process").Get(it), "dct:language": ldChinese, "cpsv:implements": laws})
	}
	var conditions, materials []string
	for i, c := range it.Conditions {
		if c != "" {
			conditions = append(conditions, part("condition", i, "cv:Requirement", thing{"dct:title": c}))
		}
	}
	for i, m := range it.Materials {
		if m.Name == "" {
			continue
		}
		n := thing{"dct:title": m.Name, "dct:description": m.Notes, "dct:language": ldChinese}
		if m.Kind != "" {
			n["dct:type"] = g.concept("材料类型", m.Kind)
		}
		if m.Standard != "" {
			n["dct:conformsTo"] = g.share("urn:onevisit:material:"+url.PathEscape(m.Standard), thing{"@type": "cv:EvidenceType", "dct:identifier": m.Standard, "skos:prefLabel": m.Standard})
		}
		materials = append(materials, part("material", i, "cv:Evidence", n))
	}
	s["cv:holdsRequirement"], s["cpsv:hasInput"] = conditions, materials
	if len(materials) > 0 {
		s["ov:materials"] = materials
	}
	s["cv:hasChannel"] = l.channels(g, it, authority, part)
	if phones := append(it.Enquiry[:len(it.Enquiry):len(it.Enquiry)], it.Complaint...); len(phones) > 0 {
		var contacts []string
		for _, c := range []struct {
			kind   string
			phones []string
		}{{"咨询", it.Enquiry}, {"监督投诉", it.Complaint}} {
			if len(c.phones) > 0 {
				contacts = append(contacts, part("contact", len(contacts), "cv:ContactPoint", thing{"skos:prefLabel": c.kind, "cv:telephone": c.phones}))
			}
		}
		s["cv:contactPoint"] = contacts
	}
	if it.Result.Name != "" {
		n := thing{"dct:title": it.Result.Name, "dct:language": ldChinese}
		if it.Result.Kind != "" {
			n["dct:type"] = g.concept("审批结果类型", it.Result.Kind)
		}
		s["cpsv:produces"] = part("result", 0, "cv:Output", n)
	}
	s["cv:hasCost"] = costs(g, it, part)
	var joint []string
	for i, name := range it.JointBodies {
		if name != "" {
			joint = append(joint, part("participation", i, "cv:Participation", thing{"dct:description": name + "为联办机构。", "cv:role": g.concept("参与方式", "联办机构"),
				"cv:hasParticipant": l.organisation(g, name, "")}))
		}
	}
	s["cv:hasParticipation"] = joint
	if d := duration(it.PromisedLimit); d != "" {
		s["cv:processingTime"] = d
	}
	if it.PromisedLimit.Given() {
		s["ov:promisedLimit"] = it.PromisedLimit.Words()
	}
	if it.LegalLimit.Given() {
		s["ov:legalLimit"] = it.LegalLimit.Words()
	}
	if visits != nil {
		s["ov:visits"] = *visits
	}
	if l.Page != nil {
		s["foaf:page"] = l.Page(it)
	}
	g.add(s)
}

// linkedVisits is the computed figure, or the stated one if none can be.
func linkedVisits(it *catalog.Item) *int {
	if a, err := visit.AssessItem(it); err == nil {
		return &a.Visits
	}
	return it.Visits
}

// linkedSummary is the sentence that describes an item: CPSV-AP demands one.
func linkedSummary(it *catalog.Item, visits *int) string {
	t := it.Unit + "办理"
	if it.Type != "" {
		t += "，" + it.Type
	}
	if it.PromisedLimit.Given() {
		t += "，承诺" + it.PromisedLimit.Words()
	}
	if visits != nil {
		t += fmt.Sprintf("，到现场 %d 次", *visits)
	}
	if it.Fee.Charged {
		return t + "，收费。"
	}
	return t + "，不收费。"
}

// channels are the ways in which an item can be applied for.
func (l Linked) channels(g *graph, it *catalog.Item, authority string, part func(string, int, string, thing) string) []string {
	const window, computer, mobile = "窗口办理", "电脑端网上办理", "移动端网上申请"
	var out []string
	add := func(kind string, n thing) {
		n["dct:type"], n["cv:ownedBy"] = g.concept("办理形式", kind), authority
		out = append(out, part("channel", len(out), "cv:Channel", n))
	}
	done := map[string]bool{}
	for i, p := range it.Places {
		n := thing{"dct:description": strings.Join(strings.Fields(p.Name+" "+p.Address+" "+p.Phone), " ")}
		if p.Hours != "" {
			hours := linkedID(it) + "#hours-" + strconv.Itoa(i+1)
			n["cv:openingHours"] = g.add(thing{"@id": hours, "@type": "time:TemporalEntity", "dct:description": p.Hours})
		}
		add(window, n)
		done[window] = true
	}
	for _, o := range []struct{ kind, address string }{{computer, it.Online.URL}, {mobile, it.Online.MobileURL}} {
		if u, err := url.Parse(strings.TrimSpace(o.address)); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			add(o.kind, thing{"foaf:page": u.String()})
			done[o.kind] = true
		}
	}
	for _, kind := range it.Channels {
		if kind != "" && !done[kind] {
			done[kind] = true
			add(kind, thing{})
		}
	}
	return out
}

// costs says what is charged, or that nothing is.
func costs(g *graph, it *catalog.Item, part func(string, int, string, thing) string) []string {
	yuan := func() string { return g.share(ldYuan, thing{"@type": "skos:Concept", "skos:prefLabel": "人民币"}) }
	if !it.Fee.Charged {
		return []string{part("cost", 0, "cv:Cost", thing{"cv:hasValue": "0.0", "cv:currency": yuan(), "dct:description": "不收费"})}
	}
	var out []string
	for _, f := range it.Fee.Items {
		var words []string
		for _, t := range []string{f.Name, f.Standard, f.Basis, f.Reduction} {
			if t != "" {
				words = append(words, t)
			}
		}
		out = append(out, part("cost", len(out), "cv:Cost", thing{"dct:description": strings.Join(words, "；"), "cv:currency": yuan()}))
	}
	if len(out) == 0 {
		out = append(out, part("cost", 0, "cv:Cost", thing{"dct:description": "收费"}))
	}
	return out
}

// duration is a limit as xsd:duration. Working days are given in calendar days
// with their weekends, counted from the worst day of the week and without
// holidays: CPSV-AP knows calendar time only, and the exact words stand beside.
func duration(l catalog.Limit) string {
	switch {
	case !l.Given():
		return ""
	case l.Unit == catalog.UnitWorkday:
		return "P" + strconv.Itoa(l.N+2*((l.N+4)/5)) + "D"
	case l.Unit == catalog.UnitDay:
		return "P" + strconv.Itoa(l.N) + "D"
	case l.Unit == catalog.UnitHour:
		return "PT" + strconv.Itoa(l.N) + "H"
	case l.Unit == catalog.UnitMonth:
		return "P" + strconv.Itoa(l.N) + "M"
	case l.Unit == catalog.UnitYear:
		return "P" + strconv.Itoa(l.N) + "Y"
	}
	return ""
}
