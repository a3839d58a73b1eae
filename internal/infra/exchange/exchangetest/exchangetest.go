// Package exchangetest makes the large workbook that imports are measured with,
// and the yardstick: excelize streaming the same file and doing nothing with it.
package exchangetest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

const sheet = "事项"

// headings are the names of the 36 elements as units write them.
var headings = []string{
	"事项名称", "基本编码", "事项类型", "设定依据", "实施编码", "行使层级", "权限划分", "行使内容", "实施机构",
	"实施主体性质", "承办机构", "联办机构", "服务对象", "办件类型", "办理形式", "法定办结时限", "承诺办结时限", "受理条件",
	"申请材料", "办理流程", "特别程序", "中介服务", "数量限制", "结果名称", "结果样本", "是否收费", "收费标准及依据",
	"通办范围", "到办事现场次数", "是否支持预约办理", "是否支持网上支付", "是否支持物流快递", "是否网办", "办理地点和时间", "咨询方式", "监督投诉方式",
}

// Workbook makes a workbook of n items with 36 columns, the way a county's
// list looks: short codes and dictionary words, a few long texts. It is kept in
// the temporary directory between runs.
func Workbook(tb testing.TB, n int) string {
	tb.Helper()
	dir := filepath.Join(os.TempDir(), "onevisit-bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, fmt.Sprintf("items-%d-v1.xlsx", n))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		tb.Fatal(err)
	}
	sw, err := f.NewStreamWriter(sheet)
	if err != nil {
		tb.Fatal(err)
	}
	row := make([]any, len(headings))
	for i, h := range headings {
		row[i] = h
	}
	if err := sw.SetRow("A1", row); err != nil {
		tb.Fatal(err)
	}
	types := []string{"行政许可", "行政确认", "行政给付", "公共服务事项"}
	for i := range n {
		base := fmt.Sprintf("0001230%05d", i%100000)
		row = []any{
			"公共场所卫生许可第" + strconv.Itoa(i) + "项", base, types[i%4], "《公共场所卫生管理条例》（国发〔1987〕24号）第四条\n《公共场所卫生管理条例实施细则》第二十二条",
			"11130531MB123456234" + base, "县级", "", "辖区内公共场所", "县行政审批局", "法定机关",
			"社会事务股", "县卫生健康局", "企业法人；其他组织", "承诺件", "窗口办理；电脑端网上办理", "20工作日", 7, "符合卫生标准\n从业人员持有健康合格证明", "公共场所卫生许可申请表；营业执照；平面图", "受理→审查（3工作日）→决定→送达",
			"无", "无", "无数量限制", "公共场所卫生许可证", "", "否", "", "跨县", i % 3, "是",
			"否", "是", "是", "广宗县兴广路" + strconv.Itoa(i%500) + "号县政务服务大厅", "0319-7212345", "0319-7212346；12345"}
		if err := sw.SetRow("A"+strconv.Itoa(i+2), row); err != nil {
			tb.Fatal(err)
		}
	}
	if err := sw.Flush(); err != nil {
		tb.Fatal(err)
	}
	// A reader that comes meanwhile must not see half a file.
	part := filepath.Join(dir, fmt.Sprintf("part-%d-%d.xlsx", os.Getpid(), n))
	if err := f.SaveAs(part); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(part, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// PeakHeap watches the heap while f runs and gives its highest value in MB above
// the one at the start.
func PeakHeap(f func()) float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	start, peak := m.HeapAlloc, m.HeapAlloc
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(50 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
	})
	f()
	close(stop)
	wg.Wait()
	return float64(peak-start) / (1 << 20)
}

// Stream reads every row of a workbook with excelize and returns how many there
// are, the heading among them.
func Stream(tb testing.TB, path string) int {
	tb.Helper()
	f, err := excelize.OpenFile(path, excelize.Options{UnzipXMLSizeLimit: 1 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows(sheet)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			tb.Fatal(err)
		}
		n++
	}
	if err := rows.Close(); err != nil {
		tb.Fatal(err)
	}
	return n
}
