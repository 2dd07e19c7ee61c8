<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Rhoscope</source>
        <translation>关于 Rhoscope</translation>
    </message>
    <message>
        <source>Version %1</source>
        <translation>版本 %1</translation>
    </message>
    <message>
        <source>Spends computation and human attention on the hard pixels only.</source>
        <translation>只把计算和人的注意力用在困难像素上。</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>Answer</name>
    <message>
        <source>ρ must lie between 0 and 1, got {value}</source>
        <extracomment>CascadeResult or None. h×w uint8 or None, in the same turn as the change of ρ. tuple of n floats or None; with setsChanged.</extracomment>
        <translation>ρ 必须在 0 到 1 之间，输入的是 {value}</translation>
    </message>
</context>
<context>
    <name>CandidateButton</name>
    <message>
        <source>Make it %1</source>
        <translation>设为 %1</translation>
    </message>
    <message>
        <source>Give the group this class and go on (%1)</source>
        <translation>给这组像素指定此类别并继续(%1)</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Canvas</source>
        <translation>画布</translation>
    </message>
    <message>
        <source>The photo with a map over it. The wheel zooms, dragging pans.</source>
        <translation>照片及其上的图层。滚轮缩放，拖动平移。</translation>
    </message>
</context>
<context>
    <name>CanvasBar</name>
    <message>
        <source>Opacity of the map</source>
        <translation>图层不透明度</translation>
    </message>
    <message>
        <source>Opacity of the map over the photo; hold H to see the bare photo</source>
        <translation>照片上图层的不透明度；按住 H 查看原图</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
</context>
<context>
    <name>CascadePanel</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>A network of one stage: it decides every pixel, so there is no threshold.</source>
        <translation>单阶段网络：它判定每个像素，因此没有阈值。</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>The class of every pixel</source>
        <translation>每个像素的类别</translation>
    </message>
    <message>
        <source>Stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Which stage decided every pixel</source>
        <translation>每个像素由哪个阶段判定</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>置信度</translation>
    </message>
    <message>
        <source>How sure the deciding stage was</source>
        <translation>判定阶段的把握程度</translation>
    </message>
    <message>
        <source>Hard</source>
        <translation>困难</translation>
    </message>
    <message>
        <source>The pixels that no stage but the last was sure about</source>
        <translation>除最后阶段外没有阶段有把握的像素</translation>
    </message>
    <message>
        <source>Map over the photo</source>
        <translation>照片上的图层</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>The cascade&apos;s own answer</source>
        <translation>级联自身的结果</translation>
    </message>
    <message>
        <source>Hard pixels</source>
        <translation>困难像素</translation>
    </message>
    <message>
        <source>The CRF may change hard pixels only</source>
        <translation>CRF 只能修改困难像素</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>The CRF may change every pixel</source>
        <translation>CRF 可以修改所有像素</translation>
    </message>
    <message>
        <source>CRF refinement</source>
        <translation>CRF 细化</translation>
    </message>
    <message>
        <source>Show what it changed</source>
        <translation>显示它改动的地方</translation>
    </message>
    <message>
        <source>Classes appear here once a photo is segmented.</source>
        <translation>照片分割完成后，类别会显示在这里。</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>CRF</source>
        <translation>CRF</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>正在载入…</translation>
    </message>
    <message>
        <source>No model is loaded. Choose one here.</source>
        <translation>尚未载入模型，请在此选择。</translation>
    </message>
    <message>
        <source>The model is being loaded</source>
        <translation>正在载入模型</translation>
    </message>
    <message>
        <source>Refined in %1</source>
        <translation>细化用时 %1</translation>
    </message>
    <message>
        <source>Refining…</source>
        <translation>正在细化…</translation>
    </message>
    <message>
        <source>%1 of the pixels changed, %2</source>
        <translation>改动了 %1 的像素，%2</translation>
    </message>
</context>
<context>
    <name>CheckPanel</name>
    <message>
        <source>Places to check</source>
        <translation>待检查的位置</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Take the class on the right</source>
        <translation>采用右侧的类别</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Leave it as it is</source>
        <translation>保持原样</translation>
    </message>
    <message>
        <source>Accept all</source>
        <translation>全部接受</translation>
    </message>
    <message>
        <source>One step; your own pixels stay</source>
        <translation>一步完成；您自己的像素不变</translation>
    </message>
    <message>
        <source>Choose what to look for; click a place to go there.</source>
        <translation>选择要查找的内容；点击某处即可前往。</translation>
    </message>
    <message>
        <source>%1 places where stage 1, sure of itself, contradicts the labels.</source>
        <translation>有 %1 处，阶段 1 很有把握却与标签矛盾。</translation>
    </message>
    <message>
        <source>%1 places where a later stage overturned a confident one.</source>
        <translation>有 %1 处，后面的阶段推翻了有把握的阶段。</translation>
    </message>
    <message>
        <source>%1 parts would change. Your own pixels stay.</source>
        <translation>将有 %1 个部分改变。您自己的像素不变。</translation>
    </message>
</context>
<context>
    <name>ClassDialog</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Takes the pixels of</source>
        <translation>并入的类别</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>A further class, the last one</source>
        <translation>在最后添加一个类别</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Its pixels become undecided; they are counted first</source>
        <translation>其像素变为未定；会先统计数量</translation>
    </message>
    <message>
        <source>Merge into</source>
        <translation>合并到</translation>
    </message>
    <message>
        <source>Its pixels come to another class (%1)</source>
        <translation>其像素归入另一类别(%1)</translation>
    </message>
    <message>
        <source>Take a set</source>
        <translation>采用一组类别</translation>
    </message>
    <message>
        <source>Other classes altogether; those of the same name keep their pixels</source>
        <translation>换成另一组类别；同名类别保留其像素</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Use these</source>
        <translation>使用这些</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>class %1</source>
        <translation>类别 %1</translation>
    </message>
    <message>
        <source>Choose the colour</source>
        <translation>选择颜色</translation>
    </message>
    <message>
        <source>The model&apos;s</source>
        <translation>模型的类别</translation>
    </message>
    <message>
        <source>A text file, one name a line…</source>
        <translation>文本文件，每行一个名称…</translation>
    </message>
    <message>
        <source>Names of classes, one a line</source>
        <translation>类别名称，每行一个</translation>
    </message>
    <message>
        <source>There must be a class.</source>
        <translation>至少要有一个类别。</translation>
    </message>
    <message>
        <source>Every class needs a name.</source>
        <translation>每个类别都需要名称。</translation>
    </message>
    <message>
        <source>Two classes have one name.</source>
        <translation>有两个类别同名。</translation>
    </message>
    <message>
        <source>Two classes have one key.</source>
        <translation>有两个类别使用同一按键。</translation>
    </message>
    <message>
        <source>A key is one digit.</source>
        <translation>按键是一位数字。</translation>
    </message>
    <message>
        <source>To be removed: %1.</source>
        <translation>将删除：%1。</translation>
    </message>
    <message>
        <source>%1 will be %2.</source>
        <translation>%1 将并入 %2。</translation>
    </message>
    <message>
        <source>Counting the pixels that this changes…</source>
        <translation>正在统计会改变的像素…</translation>
    </message>
    <message>
        <source>Changing labels and steps…</source>
        <translation>正在更改标注和步骤…</translation>
    </message>
    <message>
        <source>Change the labels</source>
        <translation>更改标注</translation>
    </message>
    <message>
        <source>%1: %2 pixels in %3 images become undecided.</source>
        <translation>%1：%3 张图像中的 %2 个像素变为未定。</translation>
    </message>
    <message>
        <source>%1: %2 pixels in %3 images become %4.</source>
        <translation>%1：%3 张图像中的 %2 个像素变为 %4。</translation>
    </message>
    <message>
        <source>Steps that can be undone follow; the change itself cannot be undone.</source>
        <translation>可撤销的步骤会随之更改；此更改本身无法撤销。</translation>
    </message>
</context>
<context>
    <name>ClassList</name>
    <message>
        <source>Classes in the photo</source>
        <translation>照片中的类别</translation>
    </message>
</context>
<context>
    <name>ClassPicker</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Keep the pixels of this class as they are</source>
        <translation>保持此类别的像素不变</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>命令面板</translation>
    </message>
    <message>
        <source>Type what you want to do</source>
        <translation>输入想做的事</translation>
    </message>
    <message>
        <source>What you want to do</source>
        <translation>想做的事</translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation>匹配的命令</translation>
    </message>
</context>
<context>
    <name>ComparePage</name>
    <message>
        <source>Back to the models</source>
        <translation>返回模型列表</translation>
    </message>
    <message>
        <source>First model</source>
        <translation>第一个模型</translation>
    </message>
    <message>
        <source>Second model</source>
        <translation>第二个模型</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Show only where they disagree</source>
        <translation>仅显示不一致之处</translation>
    </message>
    <message>
        <source>Comparison under way</source>
        <translation>正在比较</translation>
    </message>
    <message>
        <source>and</source>
        <translation>与</translation>
    </message>
    <message>
        <source>Both models are loaded and run on %1 …</source>
        <translation>正在载入两个模型并在 %1 上运行…</translation>
    </message>
    <message>
        <source>Open a photo in Explore first: the models are compared on it.</source>
        <translation>请先在“浏览”中打开照片：模型将在其上比较。</translation>
    </message>
    <message>
        <source>Compares on %1, each model at its own threshold.</source>
        <translation>在 %1 上比较，每个模型用各自的阈值。</translation>
    </message>
    <message>
        <source>They agree on %1 of the pixels.</source>
        <translation>两者在 %1 的像素上一致。</translation>
    </message>
    <message>
        <source>Most often apart:</source>
        <translation>最常不一致：</translation>
    </message>
</context>
<context>
    <name>ConfusionView</name>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>答案</translation>
    </message>
    <message>
        <source>The first confusion matrix comes with the first validation.</source>
        <translation>首次验证后会出现第一个混淆矩阵。</translation>
    </message>
    <message>
        <source>Images with these pixels</source>
        <translation>含有这些像素的图像</translation>
    </message>
    <message>
        <source>Double-click opens the photo in Explore</source>
        <translation>双击在“浏览”中打开照片</translation>
    </message>
    <message>
        <source>Validation at</source>
        <translation>验证于</translation>
    </message>
    <message>
        <source>step {n}</source>
        <translation>第 {n} 步</translation>
    </message>
    <message>
        <source>merged</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>{name}
{n} pixels</source>
        <translation>{name}
{n} 像素</translation>
    </message>
    <message>
        <source>The photos cannot be shown. {reason}</source>
        <translation>无法显示照片。{reason}</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Rhoscope ended unexpectedly the last time</source>
        <translation>Rhoscope 上次意外退出</translation>
    </message>
    <message>
        <source>Unexpected error</source>
        <translation>意外错误</translation>
    </message>
    <message>
        <source>Something went wrong</source>
        <translation>出现了问题</translation>
    </message>
    <message>
        <source>The program goes on where it can. If something behaves oddly from now on, save your work and start the program again.</source>
        <translation>程序会尽可能继续运行。如果之后出现异常，请保存工作并重新启动程序。</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>诊断信息</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Versions, machine, error and the last lines of the log; no contents of files</source>
        <translation>版本、机器、错误和日志的最后几行；不含文件内容</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Show the log</source>
        <translation>显示日志</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>以及另外 %1 个</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Log axes</source>
        <translation>对数坐标</translation>
    </message>
    <message>
        <source>Loss, learning rate, speed and gradient norm on a logarithmic axis</source>
        <translation>损失、学习率、速度和梯度范数使用对数坐标</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Hours</source>
        <translation>小时</translation>
    </message>
    <message>
        <source>Horizontal axis</source>
        <translation>横轴</translation>
    </message>
    <message>
        <source>Show everything. Drag a plot to move it, Ctrl and the wheel zoom.</source>
        <translation>显示全部。拖动可移动曲线图，Ctrl 加滚轮缩放。</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Export the plots</source>
        <translation>导出曲线图</translation>
    </message>
    <message>
        <source>As PNG pictures…</source>
        <translation>导出为 PNG 图片…</translation>
    </message>
    <message>
        <source>As SVG drawings…</source>
        <translation>导出为 SVG 图形…</translation>
    </message>
    <message>
        <source>All points as CSV…</source>
        <translation>所有数据点导出为 CSV…</translation>
    </message>
    <message>
        <source>The curves begin with the first steps.</source>
        <translation>曲线从最初几步开始。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>{n} points</source>
        <translation>{n} 个点</translation>
    </message>
    <message>
        <source>Export the plots into a folder</source>
        <translation>将曲线图导出到文件夹</translation>
    </message>
</context>
<context>
    <name>DataCheck</name>
    <message>
        <source>An image of the data set</source>
        <translation>数据集中的一幅图像</translation>
    </message>
    <message>
        <source>Its labels as training sees them</source>
        <translation>训练所见的标签</translation>
    </message>
    <message>
        <source>Image before</source>
        <translation>上一幅</translation>
    </message>
    <message>
        <source>Next image</source>
        <translation>下一幅图像</translation>
    </message>
    <message>
        <source>Problems of the data set</source>
        <translation>数据集的问题</translation>
    </message>
    <message>
        <source>reading the label maps</source>
        <translation>正在读取标签图</translation>
    </message>
    <message>
        <source> and more</source>
        <translation>等</translation>
    </message>
    <message>
        <source>{n} images of {sizes}</source>
        <translation>{n} 幅图像，尺寸 {sizes}</translation>
    </message>
    <message>
        <source>void {share} %</source>
        <translation>空白 {share} %</translation>
    </message>
    <message>
        <source>no problem found</source>
        <translation>未发现问题</translation>
    </message>
    <message>
        <source>{n} problems, {u} files cannot be used</source>
        <translation>{n} 个问题,{u} 个文件无法使用</translation>
    </message>
    <message>
        <source>never seen: {names}</source>
        <translation>从未出现:{names}</translation>
    </message>
    <message>
        <source>not in the class table: {values}</source>
        <translation>不在类别表中:{values}</translation>
    </message>
    <message>
        <source>{share} % · {n} images</source>
        <translation>{share} % · {n} 幅图像</translation>
    </message>
    <message>
        <source>reading the label maps, {d} of {n}</source>
        <translation>正在读取标签图,{d} / {n}</translation>
    </message>
    <message>
        <source>In the file: {stored}
As classes: {mapped}, void ({void} %)</source>
        <translation>文件中:{stored}
对应类别:{mapped},空白({void} %)</translation>
    </message>
</context>
<context>
    <name>DockTitle</name>
    <message>
        <source>Hide the panel %1</source>
        <translation>隐藏面板“%1”</translation>
    </message>
</context>
<context>
    <name>DropOverlay</name>
    <message>
        <source>Drop target</source>
        <translation>放置区域</translation>
    </message>
    <message>
        <source>Drop to open</source>
        <translation>松开即可打开</translation>
    </message>
    <message>
        <source>Drop to open %1 items</source>
        <translation>松开即可打开 %1 项</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Nothing is open</source>
        <translation>尚未打开任何内容</translation>
    </message>
    <message>
        <source>Drop a photo or a folder here</source>
        <translation>把照片或文件夹拖到这里</translation>
    </message>
    <message>
        <source>Easy pixels are decided by a shallow network; only the hard ones go deeper.</source>
        <translation>容易的像素由浅层网络判定，只有困难的像素才进入更深层。</translation>
    </message>
    <message>
        <source>or begin with a sample</source>
        <translation>或从示例开始</translation>
    </message>
    <message>
        <source>1  Drop</source>
        <translation>1  拖入</translation>
    </message>
    <message>
        <source>A photo is segmented as soon as it is open.</source>
        <translation>照片打开后立即分割。</translation>
    </message>
    <message>
        <source>2  Move ρ</source>
        <translation>2  移动 ρ</translation>
    </message>
    <message>
        <source>It sets how sure a stage must be to decide a pixel itself.</source>
        <translation>它决定一个阶段要多有把握才能自己判定像素。</translation>
    </message>
    <message>
        <source>3  Look</source>
        <translation>3  查看</translation>
    </message>
    <message>
        <source>See what each stage decided, and which pixels were hard.</source>
        <translation>看看每个阶段判定了什么，哪些像素是困难的。</translation>
    </message>
</context>
<context>
    <name>ExploreActions</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Show the bare photo while held</source>
        <translation>按住时显示原图</translation>
    </message>
    <message>
        <source>Pan by dragging while held</source>
        <translation>按住时拖动平移</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>Zoom about the cursor</source>
        <translation>以光标为中心缩放</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>&amp;Open images…</source>
        <translation>打开图像(&amp;O)…</translation>
    </message>
    <message>
        <source>Open &amp;folder…</source>
        <translation>打开文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>&amp;Save label map…</source>
        <translation>保存标签图(&amp;S)…</translation>
    </message>
    <message>
        <source>Save the label map as a palette PNG whose pixels are class numbers</source>
        <translation>将标签图保存为调色板 PNG，像素值即类别编号</translation>
    </message>
    <message>
        <source>Save o&amp;verlay…</source>
        <translation>保存叠加图(&amp;V)…</translation>
    </message>
    <message>
        <source>Save the photo with the labels over it, at the shown opacity</source>
        <translation>按当前不透明度保存叠加了标签的照片</translation>
    </message>
    <message>
        <source>Save stage &amp;maps…</source>
        <translation>保存阶段图(&amp;M)…</translation>
    </message>
    <message>
        <source>Save the deciding stage and the confidence of every pixel into a folder</source>
        <translation>将每个像素的判定阶段和置信度保存到文件夹</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>&amp;Next image</source>
        <translation>下一幅图像(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Previous image</source>
        <translation>上一幅图像(&amp;P)</translation>
    </message>
    <message>
        <source>Stage &amp;%1 on the canvas</source>
        <translation>在画布上显示阶段 &amp;%1</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Fit to window</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Actual size</source>
        <translation>实际大小(&amp;A)</translation>
    </message>
    <message>
        <source>One pixel of the photo on one pixel of the screen</source>
        <translation>照片的一个像素对应屏幕的一个像素</translation>
    </message>
    <message>
        <source>Next &amp;map</source>
        <translation>下一图层(&amp;M)</translation>
    </message>
    <message>
        <source>Final answer on the &amp;canvas</source>
        <translation>在画布上显示最终结果(&amp;C)</translation>
    </message>
    <message>
        <source>Patterns and ou&amp;tlines</source>
        <translation>花纹和轮廓(&amp;T)</translation>
    </message>
    <message>
        <source>Tell classes apart by patterns and outlines, not by their colours alone</source>
        <translation>用花纹和轮廓区分类别，而不只靠颜色</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>全屏(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>&amp;About Rhoscope</source>
        <translation>关于 Rhoscope(&amp;A)</translation>
    </message>
    <message>
        <source>Cascade</source>
        <translation>级联</translation>
    </message>
    <message>
        <source>&amp;Lower ρ</source>
        <translation>降低 ρ(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Raise ρ</source>
        <translation>提高 ρ(&amp;R)</translation>
    </message>
    <message>
        <source>The model&apos;s &amp;own ρ</source>
        <translation>模型自带的 ρ(&amp;O)</translation>
    </message>
    <message>
        <source>CRF: off, hard pixels, &amp;full</source>
        <translation>CRF：关闭、困难像素、全部(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Cancel what is running</source>
        <translation>取消正在进行的操作(&amp;C)</translation>
    </message>
    <message>
        <source>Open a c&amp;heckpoint…</source>
        <translation>打开检查点(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Panel: %1</source>
        <translation>面板：%1</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>图像(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>Follow the &amp;system</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Clear this list</source>
        <translation>清空此列表(&amp;C)</translation>
    </message>
    <message>
        <source>Open images</source>
        <translation>打开图像</translation>
    </message>
    <message>
        <source>Images (%1)</source>
        <translation>图像 (%1)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open a checkpoint</source>
        <translation>打开检查点</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors *.pth *.pt)</source>
        <translation>检查点 (*.safetensors *.pth *.pt)</translation>
    </message>
    <message>
        <source>Save label map</source>
        <translation>保存标签图</translation>
    </message>
    <message>
        <source>Palette PNG (*.png)</source>
        <translation>调色板 PNG (*.png)</translation>
    </message>
    <message>
        <source>Save overlay</source>
        <translation>保存叠加图</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg)</source>
        <translation>图片 (*.png *.jpg)</translation>
    </message>
    <message>
        <source>Save stage maps into a folder</source>
        <translation>将阶段图保存到文件夹</translation>
    </message>
</context>
<context>
    <name>ExploreWorkspace</name>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Cascade</source>
        <translation>级联</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export labels</source>
        <translation>导出标签</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation>略去</translation>
    </message>
    <message>
        <source>A class that is written as undecided, for programs that want objects alone</source>
        <translation>写为未定的类别，供只需要物体的程序使用</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Looking through the labels…</source>
        <translation>正在检查标签…</translation>
    </message>
    <message>
        <source>Writing, then reading everything back…</source>
        <translation>正在写入，随后全部读回核对…</translation>
    </message>
    <message>
        <source>Done. Images: %1, in %2, read back and compared.</source>
        <translation>完成。图像：%1，位于 %2，已读回并核对。</translation>
    </message>
    <message>
        <source>No image has labels yet.</source>
        <translation>还没有图像带有标签。</translation>
    </message>
    <message>
        <source>Images: %1.</source>
        <translation>图像：%1。</translation>
    </message>
    <message>
        <source>%1 of the pixels are undecided and are written as ignore.</source>
        <translation>%1 的像素尚未判定，将写为“忽略”。</translation>
    </message>
    <message>
        <source>The format cannot hold %1 pixels (%2).</source>
        <translation>该格式无法保存 %1 个像素(%2)。</translation>
    </message>
    <message>
        <source>The format holds every pixel.</source>
        <translation>该格式能保存每个像素。</translation>
    </message>
    <message>
        <source>%1 holes are filled by it.</source>
        <translation>其中 %1 个孔洞会被填充。</translation>
    </message>
    <message>
        <source>%1 parts of one pixel are written; some programs drop them.</source>
        <translation>将写入 %1 个单像素部分；有些程序会丢弃它们。</translation>
    </message>
</context>
<context>
    <name>ImageDelegate</name>
    <message>
        <source>%1 % hard</source>
        <translation>%1 % 困难</translation>
    </message>
</context>
<context>
    <name>ImageList</name>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>The photos that you open are listed here.</source>
        <translation>打开的照片列在这里。</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import labels</source>
        <translation>导入标签</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Choose the folder that the labels are in.</source>
        <translation>选择标签所在的文件夹。</translation>
    </message>
    <message>
        <source>Looking into the folder…</source>
        <translation>正在查看文件夹…</translation>
    </message>
    <message>
        <source>Label maps: %1; photos of them in this project: %2. Your own pixels stay.</source>
        <translation>标签图：%1；其中属于本项目照片的：%2。您自己的像素不变。</translation>
    </message>
    <message>
        <source>Done. Images with other labels than before: %1.</source>
        <translation>完成。标签有变化的图像：%1。</translation>
    </message>
</context>
<context>
    <name>ImportPanel</name>
    <message>
        <source>Import under way</source>
        <translation>正在导入</translation>
    </message>
    <message>
        <source>Import as</source>
        <translation>导入为</translation>
    </message>
    <message>
        <source>What became of every key</source>
        <translation>每个键的去向</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Reading %1</source>
        <translation>正在读取 %1</translation>
    </message>
    <message>
        <source>Importing %1</source>
        <translation>正在导入 %1</translation>
    </message>
    <message>
        <source>%1 is imported</source>
        <translation>%1 已导入</translation>
    </message>
    <message>
        <source>%1 cannot be imported</source>
        <translation>%1 无法导入</translation>
    </message>
    <message>
        <source>It holds %1 and fits %2. Import it as:</source>
        <translation>它包含 %1，适合 %2。导入为:</translation>
    </message>
    <message>
        <source>It holds %1, for %2.</source>
        <translation>它包含 %1，用于 %2。</translation>
    </message>
    <message numerus="yes">
        <source>%n models</source>
        <translation>
            <numerusform>%n 个模型</numerusform>
        </translation>
    </message>
    <message>
        <source>It stands among your own models now, as %1.</source>
        <translation>它现在位于您自己的模型中，名为 %1。</translation>
    </message>
    <message>
        <source>Its weights serve %1 now.</source>
        <translation>其权重现用于 %1。</translation>
    </message>
    <message>
        <source>%1 was chosen, but only %2 computes what these weights were trained for.</source>
        <translation>选择了 %1，但只有 %2 能计算这些权重训练的内容。</translation>
    </message>
    <message>
        <source>%1 of its tensors were not in the file (%2): train the model before use.</source>
        <translation>其中 %1 个张量不在文件中(%2):使用前请训练模型。</translation>
    </message>
</context>
<context>
    <name>JobForm</name>
    <message>
        <source>Give way to what I do in the window</source>
        <translation>让位于我在窗口中的操作</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Steps in all</source>
        <translation>总步数</translation>
    </message>
    <message>
        <source>Images a step</source>
        <translation>每步图像数</translation>
    </message>
    <message>
        <source>Crop, pixels</source>
        <translation>裁剪尺寸（像素）</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>处理器线程</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>进程数</translation>
    </message>
    <message>
        <source>Of each process</source>
        <translation>每个进程的线程数</translation>
    </message>
    <message>
        <source>Up to {n} here. Each takes its share of every step&apos;s images; worth it with several GPUs.</source>
        <translation>此处最多 {n} 个。每个进程处理每步图像中的一份；有多块 GPU 时才值得使用。</translation>
    </message>
    <message>
        <source>Phases: {names}</source>
        <translation>阶段：{names}</translation>
    </message>
</context>
<context>
    <name>KeyTable</name>
    <message>
        <source>Find a key, or a word of its help</source>
        <translation>查找键名或说明中的词</translation>
    </message>
    <message>
        <source>All keys of the recipe</source>
        <translation>配方的所有键</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>作用</translation>
    </message>
</context>
<context>
    <name>LabelActions</name>
    <message>
        <source>&amp;Label this folder</source>
        <translation>标注此文件夹(&amp;L)</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Correct the hard pixels of the photos in this folder</source>
        <translation>修正此文件夹中照片的困难像素</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Label a &amp;folder…</source>
        <translation>标注文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Open a &amp;project…</source>
        <translation>打开项目(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Every stroke is on the disk already; this makes opening quicker</source>
        <translation>每一笔都已写入磁盘；保存可使下次打开更快</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Import labels…</source>
        <translation>导入标签(&amp;I)…</translation>
    </message>
    <message>
        <source>The photos have &amp;moved…</source>
        <translation>照片已移动(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Classes…</source>
        <translation>类别(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Next image</source>
        <translation>下一幅图像(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Previous image</source>
        <translation>上一幅图像(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Done, next image</source>
        <translation>完成，下一幅图像(&amp;D)</translation>
    </message>
    <message>
        <source>Mark the image as done and go to the next one</source>
        <translation>将图像标记为完成并前往下一幅</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>&amp;Brush</source>
        <translation>画笔(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Eraser</source>
        <translation>橡皮(&amp;E)</translation>
    </message>
    <message>
        <source>Superpixels</source>
        <translation>超像素</translation>
    </message>
    <message>
        <source>&amp;Polygon</source>
        <translation>多边形(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Lasso</source>
        <translation>套索(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Rectangle</source>
        <translation>矩形(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Scissors</source>
        <translation>智能剪刀(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cut out</source>
        <translation>抠图(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Fill</source>
        <translation>填充(&amp;F)</translation>
    </message>
    <message>
        <source>Magic &amp;wand</source>
        <translation>魔棒(&amp;W)</translation>
    </message>
    <message>
        <source>P&amp;icker</source>
        <translation>拾取(&amp;I)</translation>
    </message>
    <message>
        <source>Look &amp;again</source>
        <translation>再看一次(&amp;A)</translation>
    </message>
    <message>
        <source>Labelling</source>
        <translation>标注</translation>
    </message>
    <message>
        <source>Class or answer %1</source>
        <translation>类别或答案 %1</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Smaller brush</source>
        <translation>缩小画笔</translation>
    </message>
    <message>
        <source>Larger brush</source>
        <translation>放大画笔</translation>
    </message>
    <message>
        <source>S&amp;wap classes</source>
        <translation>交换类别(&amp;W)</translation>
    </message>
    <message>
        <source>Ignore as class</source>
        <translation>以“忽略”为类别</translation>
    </message>
    <message>
        <source>Keep my pixels</source>
        <translation>保留我的像素</translation>
    </message>
    <message>
        <source>What you decided yourself is not painted over</source>
        <translation>您自己判定的像素不会被覆盖</translation>
    </message>
    <message>
        <source>Hard pixels only</source>
        <translation>仅困难像素</translation>
    </message>
    <message>
        <source>Paint only the pixels that no stage was sure about</source>
        <translation>只在没有阶段有把握的像素上绘制</translation>
    </message>
    <message>
        <source>Next &amp;hard group</source>
        <translation>下一组困难像素(&amp;H)</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Fit to window</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Actual size</source>
        <translation>实际大小(&amp;A)</translation>
    </message>
    <message>
        <source>Next &amp;map</source>
        <translation>下一图层(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Label</source>
        <translation>标注(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Cascade</source>
        <translation>级联(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Go through the &amp;hard pixels</source>
        <translation>逐组查看困难像素(&amp;H)</translation>
    </message>
</context>
<context>
    <name>LabelCascadeActions</name>
    <message>
        <source>Help from the cascade</source>
        <translation>级联协助</translation>
    </message>
    <message>
        <source>Accept &amp;easy pixels</source>
        <translation>接受容易像素(&amp;E)</translation>
    </message>
    <message>
        <source>What stage 1 decided becomes label, in one step; your own pixels stay</source>
        <translation>阶段 1 判定的内容一步成为标签；您自己的像素不变</translation>
    </message>
    <message>
        <source>Accept stages 1 and &amp;2</source>
        <translation>接受阶段 1 和 &amp;2</translation>
    </message>
    <message>
        <source>Accept &amp;all</source>
        <translation>全部接受(&amp;A)</translation>
    </message>
    <message>
        <source>Everything that the model proposes becomes label, in one step; your own pixels stay</source>
        <translation>模型的全部建议一步成为标签；您自己的像素不变</translation>
    </message>
    <message>
        <source>Next &amp;hard group</source>
        <translation>下一组困难像素(&amp;H)</translation>
    </message>
    <message>
        <source>Go to the next group of hard pixels that nobody has decided</source>
        <translation>前往下一组尚未判定的困难像素</translation>
    </message>
    <message>
        <source>Previous hard group</source>
        <translation>上一组困难像素</translation>
    </message>
    <message>
        <source>Accept the &amp;first answer</source>
        <translation>接受第一个答案(&amp;F)</translation>
    </message>
    <message>
        <source>It is the class in my hand</source>
        <translation>就是我手中的类别</translation>
    </message>
    <message>
        <source>Give the group the class that is chosen in the list</source>
        <translation>给这组像素指定列表中选定的类别</translation>
    </message>
    <message>
        <source>Stop here</source>
        <translation>到此为止</translation>
    </message>
    <message>
        <source>End the tour, drop an unfinished line</source>
        <translation>结束巡查，放弃未完成的线条</translation>
    </message>
    <message>
        <source>Take back a corner, leave a place</source>
        <translation>撤回一个角点，离开一处</translation>
    </message>
    <message>
        <source>A&amp;udit labels</source>
        <translation>审查标签(&amp;U)</translation>
    </message>
    <message>
        <source>Find saved labels that stage 1, sure of itself, contradicts</source>
        <translation>查找与有把握的阶段 1 矛盾的已存标签</translation>
    </message>
    <message>
        <source>F&amp;lips</source>
        <translation>翻转(&amp;L)</translation>
    </message>
    <message>
        <source>Find where a later stage overturned an earlier one that had been confident</source>
        <translation>查找后面阶段推翻先前有把握阶段的位置</translation>
    </message>
    <message>
        <source>&amp;CRF, hard pixels</source>
        <translation>CRF，困难像素(&amp;C)</translation>
    </message>
    <message>
        <source>See what the CRF would change in hard pixels, part by part</source>
        <translation>逐部分查看 CRF 对困难像素的改动</translation>
    </message>
    <message>
        <source>CRF, e&amp;verywhere</source>
        <translation>CRF，全图(&amp;V)</translation>
    </message>
    <message>
        <source>See what the CRF would change in the whole photo, part by part</source>
        <translation>逐部分查看 CRF 对整张照片的改动</translation>
    </message>
    <message>
        <source>&amp;Run over the folder</source>
        <translation>处理整个文件夹(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Learn from my corrections</source>
        <translation>从我的修正中学习(&amp;L)</translation>
    </message>
    <message>
        <source>The model learns from the pixels that you decided yourself; you then keep it or go back</source>
        <translation>模型从您亲自确定的像素中学习；之后可保留或退回</translation>
    </message>
    <message>
        <source>&amp;Keep the new model</source>
        <translation>保留新模型(&amp;K)</translation>
    </message>
    <message>
        <source>What was learnt serves from now on; one can go back to every former model</source>
        <translation>今后使用学到的模型；随时可以退回以前的模型</translation>
    </message>
    <message>
        <source>&amp;Forget the new model</source>
        <translation>放弃新模型(&amp;F)</translation>
    </message>
</context>
<context>
    <name>LabelDialogs</name>
    <message>
        <source>Label the photos of a folder</source>
        <translation>标注一个文件夹中的照片</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Projects (*%1)</source>
        <translation>项目 (*%1)</translation>
    </message>
    <message>
        <source>Where is the folder %1 now?</source>
        <translation>文件夹 %1 现在在哪里?</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>%1 (not there)</source>
        <translation>%1（找不到）</translation>
    </message>
</context>
<context>
    <name>LabelEmptyState</name>
    <message>
        <source>Label a folder of photos</source>
        <translation>标注一个文件夹的照片</translation>
    </message>
    <message>
        <source>The model takes the easy pixels; you go through the hard ones, group by group, and correct.</source>
        <translation>模型负责容易的像素；您逐组查看困难像素并修正。</translation>
    </message>
    <message>
        <source>Photos are never changed. The project is one file beside them.</source>
        <translation>照片绝不会被改动。项目是照片旁的一个文件。</translation>
    </message>
    <message>
        <source>Label %1</source>
        <translation>标注 %1</translation>
    </message>
</context>
<context>
    <name>LabelImageList</name>
    <message>
        <source>Images of the project</source>
        <translation>项目中的图像</translation>
    </message>
</context>
<context>
    <name>LabelWorkspace</name>
    <message>
        <source>Label</source>
        <translation>标注</translation>
    </message>
    <message>
        <source>Label: correct the hard pixels of a folder of photos</source>
        <translation>标注：修正一个文件夹照片中的困难像素</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>looking only</source>
        <translation>仅查看</translation>
    </message>
    <message>
        <source>saved</source>
        <translation>已保存</translation>
    </message>
    <message>
        <source>saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>not saved</source>
        <translation>未保存</translation>
    </message>
    <message>
        <source>undo %1</source>
        <translation>可撤销 %1</translation>
    </message>
    <message>
        <source>Under the cursor</source>
        <translation>光标处</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Labels, and faintly what is proposed</source>
        <translation>标签，以及淡色的建议</translation>
    </message>
    <message>
        <source>Decided</source>
        <translation>已判定</translation>
    </message>
    <message>
        <source>Only what is decided</source>
        <translation>仅已判定的像素</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Who decided: a stage, the CRF or you</source>
        <translation>由谁判定：阶段、CRF 或您</translation>
    </message>
    <message>
        <source>Hard</source>
        <translation>困难</translation>
    </message>
    <message>
        <source>Hard pixels that you have not decided</source>
        <translation>您尚未判定的困难像素</translation>
    </message>
    <message>
        <source>Flips</source>
        <translation>翻转</translation>
    </message>
    <message>
        <source>Where a confident stage was overturned</source>
        <translation>有把握的阶段被推翻之处</translation>
    </message>
    <message>
        <source>Map over the photo</source>
        <translation>照片上的图层</translation>
    </message>
    <message>
        <source>Opacity of the map</source>
        <translation>图层不透明度</translation>
    </message>
    <message>
        <source>Opacity of the map; hold H to see the bare photo</source>
        <translation>图层的不透明度；按住 H 查看原图</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Sort by name or by difficulty</source>
        <translation>按名称或难度排序</translation>
    </message>
    <message>
        <source>Order of the images</source>
        <translation>图像顺序</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>巡查</translation>
    </message>
    <message>
        <source>Accept easy pixels, go through the hard ones</source>
        <translation>接受容易像素，逐组查看困难像素</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Places where labels may be wrong; CRF</source>
        <translation>标签可能有误之处；CRF</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Run over the folder, learn from corrections</source>
        <translation>处理整个文件夹，从修正中学习</translation>
    </message>
    <message>
        <source>Help from the cascade</source>
        <translation>级联协助</translation>
    </message>
    <message>
        <source>undecided</source>
        <translation>未判定</translation>
    </message>
    <message>
        <source>proposed: %1</source>
        <translation>建议：%1</translation>
    </message>
    <message>
        <source>%1 of %2 done</source>
        <translation>已完成 %1 / %2</translation>
    </message>
    <message>
        <source>Difficulty</source>
        <translation>难度</translation>
    </message>
    <message>
        <source>The project is damaged</source>
        <translation>项目已损坏</translation>
    </message>
    <message>
        <source>%1 cannot be read as it is.</source>
        <translation>无法直接读取 %1。</translation>
    </message>
    <message>
        <source>What can be read of it can be saved into a new file beside it. The damaged one is kept.</source>
        <translation>其中可读的内容可以存为旁边的新文件。损坏的文件会保留。</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Recovered into %1: %2 images, %3 label maps, %4 steps.</source>
        <translation>已恢复到 %1:%2 幅图像、%3 个标签图、%4 个步骤。</translation>
    </message>
    <message>
        <source> Lost: %1 label maps.</source>
        <translation> 丢失：%1 个标签图。</translation>
    </message>
</context>
<context>
    <name>LearnPanel</name>
    <message>
        <source>Images that the model has been through</source>
        <translation>模型已处理的图像</translation>
    </message>
    <message>
        <source>Run over the folder</source>
        <translation>处理整个文件夹</translation>
    </message>
    <message>
        <source>Find out how hard each image is, in the background; the list can then be sorted by it</source>
        <translation>在后台了解每幅图像的难度；之后列表可按难度排序</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Steps of learning</source>
        <translation>学习步数</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Models of this project</source>
        <translation>本项目的模型</translation>
    </message>
    <message>
        <source>The folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Find out how hard each image is, and sort by it.</source>
        <translation>了解每幅图像的难度并据此排序。</translation>
    </message>
    <message>
        <source>%1 of %2 images</source>
        <translation>%1 / %2 幅图像</translation>
    </message>
    <message>
        <source>Paused at %1 of %2 images.</source>
        <translation>已暂停，完成 %1 / %2 幅图像。</translation>
    </message>
    <message>
        <source>Done: %1 of %2 images.</source>
        <translation>完成：%1 / %2 幅图像。</translation>
    </message>
    <message>
        <source> %1 could not be read.</source>
        <translation> %1 幅无法读取。</translation>
    </message>
    <message>
        <source> · about %1 left</source>
        <translation> · 约剩 %1</translation>
    </message>
    <message>
        <source>Reading the corrected photos…</source>
        <translation>正在读取修正过的照片…</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source> · loss %1</source>
        <translation> · 损失 %1</translation>
    </message>
    <message>
        <source>Of your pixels %1 were right before, %2 are now.</source>
        <translation>您的像素中，之前 %1 正确，现在 %2 正确。</translation>
    </message>
    <message>
        <source>Below, in yellow: what is answered differently in other photos.</source>
        <translation>下方黄色：其他照片中答案有变化之处。</translation>
    </message>
    <message>
        <source>The model learns from the pixels that you decided yourself.</source>
        <translation>模型从您自己判定的像素中学习。</translation>
    </message>
    <message>
        <source>The bundled model</source>
        <translation>自带模型</translation>
    </message>
    <message>
        <source>Double-click to go back to it</source>
        <translation>双击恢复到它</translation>
    </message>
    <message>
        <source>Double-click to use it</source>
        <translation>双击使用它</translation>
    </message>
</context>
<context>
    <name>Learning</name>
    <message>
        <source>{before:.1%} of the corrected pixels right before, {after:.1%} after</source>
        <translation>修正的像素之前 {before:.1%} 正确，之后 {after:.1%}</translation>
    </message>
</context>
<context>
    <name>LossLine</name>
    <message>
        <source>Loss of each step</source>
        <translation>每步的损失</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Model</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>Explore</source>
        <translation>浏览</translation>
    </message>
    <message>
        <source>Explore: look at what each stage decides and tune ρ</source>
        <translation>浏览：查看每个阶段的判定并调整 ρ</translation>
    </message>
</context>
<context>
    <name>MapKey</name>
    <message>
        <source>changed by the CRF</source>
        <translation>被 CRF 改动</translation>
    </message>
    <message>
        <source>stage %1</source>
        <translation>阶段 %1</translation>
    </message>
    <message>
        <source>reached the last stage</source>
        <translation>到达最后阶段</translation>
    </message>
    <message>
        <source>from doubtful to sure</source>
        <translation>从存疑到确定</translation>
    </message>
    <message>
        <source>Key: %1</source>
        <translation>图例：%1</translation>
    </message>
    <message>
        <source>doubtful</source>
        <translation>存疑</translation>
    </message>
    <message>
        <source>sure</source>
        <translation>确定</translation>
    </message>
</context>
<context>
    <name>Matrix</name>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>{a}, taken for {b}</source>
        <translation>{a} 被误认为 {b}</translation>
    </message>
    <message>
        <source>{a}, recognised</source>
        <translation>{a} 识别正确</translation>
    </message>
    <message>
        <source>: {n} pixels, {s} %</source>
        <translation>:{n} 像素,{s} %</translation>
    </message>
    <message>
        <source>truth ↓</source>
        <translation>真值 ↓</translation>
    </message>
    <message>
        <source>taken for →</source>
        <translation>被认作 →</translation>
    </message>
</context>
<context>
    <name>ModelChoice</name>
    <message>
        <source>loading the model</source>
        <extracomment>The spec (str) that the engine should load. It is another model than the remembered one, so what is remembered of a model (ρ) is out of date. ModelSummary once it is loaded; None where there is no model, when loading begins and when it fails. Loading failed and the former model goes on, which was stopped for it.</extracomment>
        <translation>正在载入模型</translation>
    </message>
    <message>
        <source>loading the model {name}</source>
        <translation>正在载入模型 {name}</translation>
    </message>
</context>
<context>
    <name>ModelList</name>
    <message>
        <source>Find a model</source>
        <translation>查找模型</translation>
    </message>
    <message>
        <source>Only those with weights</source>
        <translation>仅有权重的</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Your own models</source>
        <translation>您自己的模型</translation>
    </message>
</context>
<context>
    <name>ModelPage</name>
    <message>
        <source>Use in Explore</source>
        <translation>在“浏览”中使用</translation>
    </message>
    <message>
        <source>Import weights…</source>
        <translation>导入权重…</translation>
    </message>
    <message>
        <source>Compare…</source>
        <translation>比较…</translation>
    </message>
    <message>
        <source>This model beside another on the photo that Explore shows</source>
        <translation>在“浏览”所示的照片上，将此模型与另一模型并列</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>of them at inference</source>
        <translation>其中推理时</translation>
    </message>
    <message>
        <source>multiply-adds at 512 × 512</source>
        <translation>512 × 512 时的乘加运算</translation>
    </message>
    <message>
        <source>stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Multiply-adds by stage</source>
        <translation>各阶段的乘加运算</translation>
    </message>
    <message>
        <source>Parameters by part</source>
        <translation>各部分的参数</translation>
    </message>
    <message>
        <source>What the weights say of themselves</source>
        <translation>权重的自述</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>模型卡</translation>
    </message>
    <message>
        <source>No weights are here. Import public ones (a .pth, .pt, .bin or .safetensors file), drop the file here, or train the model.</source>
        <translation>这里没有权重。可导入公开权重(.pth、.pt、.bin 或 .safetensors 文件)、将文件拖到这里，或训练模型。</translation>
    </message>
    <message>
        <source>Its weights come with the program.</source>
        <translation>其权重随程序提供。</translation>
    </message>
    <message>
        <source>Its weights were imported: %1</source>
        <translation>其权重已导入：%1</translation>
    </message>
    <message>
        <source>A model of your own: %1</source>
        <translation>您自己的模型：%1</translation>
    </message>
    <message>
        <source>In use in Explore</source>
        <translation>正在“浏览”中使用</translation>
    </message>
    <message>
        <source>It needs weights first</source>
        <translation>需要先有权重</translation>
    </message>
    <message>
        <source>Segment the photos in Explore with this model</source>
        <translation>用此模型分割“浏览”中的照片</translation>
    </message>
    <message>
        <source>stage %1</source>
        <translation>阶段 %1</translation>
    </message>
</context>
<context>
    <name>ModelsWorkspace</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models: what each is and costs, and weights to import</source>
        <translation>模型：各是什么、开销如何，以及导入权重</translation>
    </message>
    <message>
        <source>Import weights</source>
        <translation>导入权重</translation>
    </message>
    <message>
        <source>Weights (%1)</source>
        <translation>权重 (%1)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
</context>
<context>
    <name>NotesView</name>
    <message>
        <source>words, separated by blanks</source>
        <translation>以空格分隔的词</translation>
    </message>
    <message>
        <source>Output of the process</source>
        <translation>进程输出</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
</context>
<context>
    <name>OpenPhoto</name>
    <message>
        <source>the photo was changed since it was labelled; its labels are as they were</source>
        <translation>照片在标注后被改动过；其标签保持原样</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>looking for images</source>
        <extracomment>The list was replaced; its first row is there, further ones may follow. list[Path], latest first.</extracomment>
        <translation>正在查找图像</translation>
    </message>
    <message>
        <source>looking for images, {count} found</source>
        <translation>正在查找图像，已找到 {count} 个</translation>
    </message>
    <message>
        <source>no images here</source>
        <translation>这里没有图像</translation>
    </message>
</context>
<context>
    <name>Places</name>
    <message>
        <source>comparing labels with stage 1</source>
        <translation>正在将标签与阶段 1 比较</translation>
    </message>
    <message>
        <source>looking for flips</source>
        <translation>正在查找翻转</translation>
    </message>
    <message>
        <source>refining with the CRF</source>
        <translation>正在用 CRF 细化</translation>
    </message>
    <message>
        <source>looking at the box again</source>
        <translation>正在重新查看方框</translation>
    </message>
</context>
<context>
    <name>Plot</name>
    <message>
        <source>and {n} more</source>
        <translation>以及另外 {n} 个</translation>
    </message>
</context>
<context>
    <name>ProbeStrip</name>
    <message>
        <source>What changed in other photos</source>
        <translation>其他照片中的变化</translation>
    </message>
</context>
<context>
    <name>ProbesView</name>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Play from the first validation to the last</source>
        <translation>从首次验证播放到最后一次</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>The first pictures come with the first validation.</source>
        <translation>首次验证后会出现第一批图片。</translation>
    </message>
    <message>
        <source>step {n}</source>
        <translation>第 {n} 步</translation>
    </message>
</context>
<context>
    <name>ProblemBanner</name>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>List all problems</source>
        <translation>列出所有问题</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Dismiss the problems</source>
        <translation>关闭问题提示</translation>
    </message>
    <message>
        <source>List of problems</source>
        <translation>问题列表</translation>
    </message>
    <message>
        <source>All %1</source>
        <translation>全部 %1 个</translation>
    </message>
    <message>
        <source>Show or hide the list</source>
        <translation>显示或隐藏列表</translation>
    </message>
</context>
<context>
    <name>ProjectChoice</name>
    <message>
        <source>opening {name}</source>
        <translation>正在打开 {name}</translation>
    </message>
    <message>
        <source>looking for images, {count} found</source>
        <translation>正在查找图像，已找到 {count} 个</translation>
    </message>
    <message>
        <source>recovering {name}</source>
        <translation>正在恢复 {name}</translation>
    </message>
    <message>
        <source>open for looking only: {owner} has it</source>
        <translation>仅供查看:{owner} 正在使用</translation>
    </message>
    <message>
        <source>open for looking only: its folder cannot be written</source>
        <translation>仅供查看：其文件夹不可写入</translation>
    </message>
</context>
<context>
    <name>PropertyBar</name>
    <message>
        <source>Settings of the tool</source>
        <translation>工具设置</translation>
    </message>
    <message>
        <source>Brush size</source>
        <translation>画笔大小</translation>
    </message>
    <message>
        <source>Size of the brush in pixels ([ and ])</source>
        <translation>画笔大小，以像素计([ 和 ])</translation>
    </message>
    <message>
        <source>Square</source>
        <translation>方形</translation>
    </message>
    <message>
        <source>A square tip in place of a round one</source>
        <translation>使用方形笔尖代替圆形笔尖</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>How far colours may differ</source>
        <translation>颜色允许的差异</translation>
    </message>
    <message>
        <source>Superpixel size</source>
        <translation>超像素大小</translation>
    </message>
    <message>
        <source>Side of a superpixel in pixels</source>
        <translation>超像素的边长，以像素计</translation>
    </message>
    <message>
        <source>Connected only</source>
        <translation>仅相连</translation>
    </message>
    <message>
        <source>Take only what hangs together with the pixel that is clicked</source>
        <translation>只取与所点像素相连的部分</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Cell</source>
        <translation>单元</translation>
    </message>
    <message>
        <source>ignore</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>画笔</translation>
    </message>
    <message>
        <source>Eraser</source>
        <translation>橡皮</translation>
    </message>
    <message>
        <source>Polygon</source>
        <translation>多边形</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>套索</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>Magic wand</source>
        <translation>魔棒</translation>
    </message>
    <message>
        <source>Scissors</source>
        <translation>智能剪刀</translation>
    </message>
    <message>
        <source>Cut out</source>
        <translation>抠图</translation>
    </message>
    <message>
        <source>Superpixels</source>
        <translation>超像素</translation>
    </message>
    <message>
        <source>Picker</source>
        <translation>拾取</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>再看一次</translation>
    </message>
    <message>
        <source>Shift: straight line</source>
        <translation>Shift:直线</translation>
    </message>
    <message>
        <source>makes pixels undecided</source>
        <translation>使像素变为未判定</translation>
    </message>
    <message>
        <source>click corners; Enter closes, Backspace takes one back</source>
        <translation>点击各角点；Enter 闭合，Backspace 撤回一个</translation>
    </message>
    <message>
        <source>draw around it</source>
        <translation>沿其边缘画一圈</translation>
    </message>
    <message>
        <source>drag a box</source>
        <translation>拖出方框</translation>
    </message>
    <message>
        <source>click pixels of one label</source>
        <translation>点击同一标签的像素</translation>
    </message>
    <message>
        <source>click along an edge; Enter closes</source>
        <translation>沿边缘点击；Enter 闭合</translation>
    </message>
    <message>
        <source>drag a box around a thing</source>
        <translation>在物体周围拖出方框</translation>
    </message>
    <message>
        <source>click to take a class in the hand</source>
        <translation>点击以选取类别</translation>
    </message>
    <message>
        <source>drag a box; the model looks at it alone, larger</source>
        <translation>拖出方框；模型将其放大单独查看</translation>
    </message>
</context>
<context>
    <name>Proposal</name>
    <message>
        <source>The model {name} has no class in common with this project.</source>
        <translation>模型 {name} 与此项目没有共同的类别。</translation>
    </message>
</context>
<context>
    <name>PublishView</name>
    <message>
        <source>one line for the model&apos;s card</source>
        <translation>模型卡的一行说明</translation>
    </message>
    <message>
        <source>e.g. research only, as the data</source>
        <translation>例如：与数据相同，仅限研究</translation>
    </message>
    <message>
        <source>Publish to Models</source>
        <translation>发布到“模型”</translation>
    </message>
    <message>
        <source>Use in Explore</source>
        <translation>在“浏览”中使用</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可</translation>
    </message>
    <message>
        <source>Default ρ</source>
        <translation>默认 ρ</translation>
    </message>
    <message>
        <source>Validation images to measure on; 0 = all</source>
        <translation>用于测量的验证图像数；0 表示全部</translation>
    </message>
    <message>
        <source>Measure over ρ</source>
        <translation>按 ρ 测量</translation>
    </message>
    <message>
        <source>At most, in milliseconds an image</source>
        <translation>最多，以每幅毫秒计</translation>
    </message>
    <message>
        <source>At least, in % mIoU</source>
        <translation>至少，以 % mIoU 计</translation>
    </message>
    <message>
        <source>A lower ρ lets early stages decide more: faster, and at some point worse. Measured, a curve shows what each ρ costs on this machine, and the default can be chosen by a budget.</source>
        <translation>ρ 越低，前面的阶段判定越多：更快，但到某一点后会更差。测量后，曲线会显示每个 ρ 在本机上的开销，并可按预算选择默认值。</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>images</source>
        <translation>幅图像</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>最多</translation>
    </message>
    <message>
        <source>ms an image, or at least</source>
        <translation>毫秒每幅，或至少</translation>
    </message>
    <message>
        <source>% mIoU</source>
        <translation>% mIoU</translation>
    </message>
    <message>
        <source>milliseconds an image</source>
        <translation>每幅毫秒数</translation>
    </message>
    <message>
        <source>Measured values of ρ</source>
        <translation>已测量的 ρ 值</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>毫秒</translation>
    </message>
    <message>
        <source>decided by stage, %</source>
        <translation>各阶段判定，%</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>No ρ that was measured keeps this budget.</source>
        <translation>已测量的 ρ 均不满足此要求。</translation>
    </message>
    <message>
        <source>as validated</source>
        <translation>按验证时</translation>
    </message>
    <message>
        <source>{rho}: {score} % mIoU in {time} ms</source>
        <translation>{rho}:{score} % mIoU,{time} 毫秒</translation>
    </message>
    <message>
        <source>writing</source>
        <translation>正在写入</translation>
    </message>
    <message>
        <source>Published with its card: {path}</source>
        <translation>已连同模型卡发布:{path}</translation>
    </message>
</context>
<context>
    <name>Rail</name>
    <message>
        <source>Workspaces</source>
        <translation>工作区</translation>
    </message>
</context>
<context>
    <name>ReadoutLine</name>
    <message>
        <source>Under the cursor</source>
        <translation>光标处</translation>
    </message>
    <message>
        <source>   stage %1</source>
        <translation>   阶段 %1</translation>
    </message>
    <message>
        <source>   not decided yet</source>
        <translation>   尚未判定</translation>
    </message>
    <message>
        <source>   CRF: %1</source>
        <translation>   CRF:%1</translation>
    </message>
</context>
<context>
    <name>RecentList</name>
    <message>
        <source>Projects labelled lately</source>
        <translation>最近标注的项目</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
    <message>
        <source>not there any more</source>
        <translation>已不在原处</translation>
    </message>
    <message>
        <source>Find %1…</source>
        <translation>查找 %1…</translation>
    </message>
    <message>
        <source>Take %1 off this list; its file stays</source>
        <translation>从列表中移除 %1；文件会保留</translation>
    </message>
    <message>
        <source>Where is %1 now?</source>
        <translation>%1 现在在哪里？</translation>
    </message>
    <message>
        <source>Projects (*%1)</source>
        <translation>项目 (*%1)</translation>
    </message>
</context>
<context>
    <name>RecipeView</name>
    <message>
        <source>Recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Differences of the recipes</source>
        <translation>配方差异</translation>
    </message>
    <message>
        <source>{n} keys differ</source>
        <translation>{n} 个键不同</translation>
    </message>
    <message>
        <source>the recipes are the same</source>
        <translation>配方相同</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
</context>
<context>
    <name>Refinement</name>
    <message>
        <source>refining with the CRF</source>
        <extracomment>CrfView or None.</extracomment>
        <translation>正在用 CRF 细化</translation>
    </message>
</context>
<context>
    <name>ReportView</name>
    <message>
        <source>Beside published values</source>
        <translation>与已发表数值并列</translation>
    </message>
    <message>
        <source>Make the report</source>
        <translation>生成报告</translation>
    </message>
    <message>
        <source>Tables and figures of what has been measured of the selected runs</source>
        <translation>所选运行已测结果的表格和图</translation>
    </message>
    <message>
        <source>Measure the experiments</source>
        <translation>测量实验</translation>
    </message>
    <message>
        <source>Easy, moderate and hard pixels, classes by stage, accuracy and time by ρ: one pass over validation images for each selected run, kept in the run&apos;s folder</source>
        <translation>易、中、难像素，各级的类别，不同 ρ 的精度与时间：对每个所选运行遍历一次验证图像，结果保存在运行文件夹中</translation>
    </message>
    <message>
        <source>Validation images to measure on; 0 = all</source>
        <translation>用于测量的验证图像数；0 = 全部</translation>
    </message>
    <message>
        <source>Those of the layer-cascade paper, each marked as published</source>
        <translation>层级联论文中的数值，均标为 published（已发表）</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Markdown with figures…</source>
        <translation>Markdown 和图…</translation>
    </message>
    <message>
        <source>Figures as PNG…</source>
        <translation>图存为 PNG…</translation>
    </message>
    <message>
        <source>Figures as SVG…</source>
        <translation>图存为 SVG…</translation>
    </message>
    <message>
        <source>Tables as CSV…</source>
        <translation>表格存为 CSV…</translation>
    </message>
    <message>
        <source>on</source>
        <translation>于</translation>
    </message>
    <message>
        <source>images</source>
        <translation>张图像</translation>
    </message>
    <message>
        <source>Parts of the report</source>
        <translation>报告的各部分</translation>
    </message>
    <message>
        <source>Tables</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>making tables and figures</source>
        <translation>正在生成表格和图</translation>
    </message>
    <message>
        <source>loading the model</source>
        <translation>正在加载模型</translation>
    </message>
    <message>
        <source>The paper&apos;s tables and figures from these runs: training curves at once; once the experiments have been measured also easy, moderate and hard pixels, accuracy and time by ρ, IoU by class and classes by stage.</source>
        <translation>由这些运行得到论文中的表格和图：训练曲线随时可得；测量实验之后还有易、中、难像素，不同 ρ 的精度与时间，各类 IoU 以及各级的类别。</translation>
    </message>
    <message>
        <source>Not in it: {what}.</source>
        <translation>未包含：{what}。</translation>
    </message>
    <message>
        <source>Values marked “published” are the paper&apos;s, not measured here.</source>
        <translation>标有“published”的数值来自论文，并非在此测得。</translation>
    </message>
    <message>
        <source>measuring {name}, {a} of {b} images</source>
        <translation>正在测量 {name}，第 {a} / {b} 张图像</translation>
    </message>
    <message>
        <source>Export the report into a folder</source>
        <translation>将报告导出到文件夹</translation>
    </message>
    <message>
        <source>{n} files written to {folder}</source>
        <translation>已将 {n} 个文件写入 {folder}</translation>
    </message>
</context>
<context>
    <name>RhoControl</name>
    <message>
        <source>Threshold ρ</source>
        <translation>阈值 ρ</translation>
    </message>
    <message>
        <source>A stage keeps a pixel when it is surer than ρ and hands the rest on.
Arrow keys nudge, Shift nudges finely, double click takes the model&apos;s own value.</source>
        <translation>当阶段的把握高于 ρ 时保留该像素，其余交给下一阶段。
方向键微调，按住 Shift 更精细，双击恢复模型自带的值。</translation>
    </message>
</context>
<context>
    <name>RhoField</name>
    <message>
        <source>Threshold ρ as a number</source>
        <translation>阈值 ρ 的数值</translation>
    </message>
    <message>
        <source>Type a value from 0 to 1; Up and Down nudge it, Shift nudges finely</source>
        <translation>输入 0 到 1 之间的值；上下键微调，按住 Shift 更精细</translation>
    </message>
</context>
<context>
    <name>RhoSlider</name>
    <message>
        <source>Threshold ρ</source>
        <translation>阈值 ρ</translation>
    </message>
    <message>
        <source>ρ is %1</source>
        <translation>ρ 为 %1</translation>
    </message>
</context>
<context>
    <name>RunHeader</name>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Publish</source>
        <translation>发布</translation>
    </message>
    <message>
        <source>Waits after the step under way, with a checkpoint; memory stays in use</source>
        <translation>当前步完成后等待并保存检查点；内存保持占用</translation>
    </message>
    <message>
        <source>Ends after the step under way, with a checkpoint; can be resumed</source>
        <translation>当前步完成后结束并保存检查点；可以继续</translation>
    </message>
    <message>
        <source>Set up a job with this recipe, to change</source>
        <translation>以此配方新建任务并修改</translation>
    </message>
    <message>
        <source>Make a model of the best checkpoint</source>
        <translation>用最佳检查点制作模型</translation>
    </message>
    <message>
        <source>{n} runs compared</source>
        <translation>比较 {n} 次运行</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>step {a} of {b}</source>
        <translation>第 {a} / {b} 步</translation>
    </message>
    <message>
        <source>phase {name}</source>
        <translation>阶段 {name}</translation>
    </message>
    <message>
        <source>the last validation</source>
        <translation>最近一次验证</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>剩余 {time}</translation>
    </message>
    <message>
        <source>best mIoU {score} at step {step}</source>
        <translation>最佳 mIoU {score},第 {step} 步</translation>
    </message>
    <message>
        <source>{score} on all {n} images</source>
        <translation>全部 {n} 幅图像:{score}</translation>
    </message>
    <message>
        <source>{n} processes</source>
        <translation>{n} 个进程</translation>
    </message>
    <message>
        <source>{n} lines not understood</source>
        <translation>{n} 行无法理解</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Views of the run</source>
        <translation>运行的各视图</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Probe images</source>
        <translation>探针图像</translation>
    </message>
    <message>
        <source>Confusion</source>
        <translation>混淆</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Notes and output</source>
        <translation>备注和输出</translation>
    </message>
    <message>
        <source>Publish</source>
        <translation>发布</translation>
    </message>
    <message>
        <source>Recipes compared</source>
        <translation>配方比较</translation>
    </message>
</context>
<context>
    <name>RunsPanel</name>
    <message>
        <source>New training</source>
        <translation>新建训练</translation>
    </message>
    <message>
        <source>Set up a training job</source>
        <translation>设置训练任务</translation>
    </message>
    <message>
        <source>Show a run made elsewhere, or a folder with runs</source>
        <translation>显示在别处进行的运行，或含有运行的文件夹</translation>
    </message>
    <message>
        <source>Show a run made elsewhere</source>
        <translation>显示在别处进行的运行</translation>
    </message>
    <message>
        <source>Filter: name, state, #tag</source>
        <translation>筛选：名称、状态、#标签</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
</context>
<context>
    <name>Saving</name>
    <message>
        <source>not saved, there is no finished result yet</source>
        <extracomment>Path that was written: a file, or the folder of the stage maps.</extracomment>
        <translation>未保存，还没有完成的结果</translation>
    </message>
    <message>
        <source>saving</source>
        <translation>正在保存</translation>
    </message>
</context>
<context>
    <name>Segmentation</name>
    <message>
        <source>segmenting {name}</source>
        <extracomment>A request is on its way; what was made of the former answer is out of date. CascadeResult to be shown, or None where the shown one belongs to nothing any more. The latest request has its answer. The working size (int or None) is another one.</extracomment>
        <translation>正在分割 {name}</translation>
    </message>
</context>
<context>
    <name>Selection</name>
    <message>
        <source>opening {name}</source>
        <extracomment>Another image was selected: what runs belongs to one that is on its way out. The selected row. OpenImage, or None where it cannot be read. The selected image is shown and nothing of it is under way.</extracomment>
        <translation>正在打开 {name}</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Takes effect at the next start.</source>
        <translation>下次启动时生效。</translation>
    </message>
    <message>
        <source>Back to the default: %1</source>
        <translation>恢复默认值：%1</translation>
    </message>
    <message>
        <source>Reset “%1”</source>
        <translation>重置“%1”</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Segmenting</source>
        <translation>分割</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>Colours of the window. Class colours are data and stay as they are.</source>
        <translation>窗口的颜色。类别颜色属于数据，保持不变。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language of the window.</source>
        <translation>窗口的语言。</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>How strongly labels cover the photo, 0 to 1.</source>
        <translation>标签覆盖照片的程度，0 到 1。</translation>
    </message>
    <message>
        <source>Classes are told apart by patterns and outlines, not by their colours alone.</source>
        <translation>用花纹和轮廓区分类别，而不只靠颜色。</translation>
    </message>
    <message>
        <source>Patterns and outlines</source>
        <translation>花纹和轮廓</translation>
    </message>
    <message>
        <source>Long side to which photos are brought for the network. Larger sizes find finer parts and take more time; a photo&apos;s own size is computed in tiles where it is large.</source>
        <translation>照片送入网络时的长边。尺寸越大，细节越多，用时越长；大照片按原尺寸分块计算。</translation>
    </message>
    <message>
        <source>Working size</source>
        <translation>工作尺寸</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>模型自带</translation>
    </message>
    <message>
        <source>640 pixels</source>
        <translation>640 像素</translation>
    </message>
    <message>
        <source>1024 pixels</source>
        <translation>1024 像素</translation>
    </message>
    <message>
        <source>Each photo&apos;s own</source>
        <translation>照片原尺寸</translation>
    </message>
    <message>
        <source>A conditional random field draws borders along the photo&apos;s edges; it takes seconds a photo.</source>
        <translation>条件随机场让边界贴合照片的边缘；每张照片需要数秒。</translation>
    </message>
    <message>
        <source>CRF refinement</source>
        <translation>CRF 细化</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Hard pixels</source>
        <translation>困难像素</translation>
    </message>
    <message>
        <source>Every pixel</source>
        <translation>所有像素</translation>
    </message>
    <message>
        <source>Where the network runs. Automatic takes a graphics card where there is one.</source>
        <translation>网络运行的位置。“自动”会优先使用显卡。</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Processor (CPU)</source>
        <translation>处理器 (CPU)</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>显卡 (CUDA)</translation>
    </message>
    <message>
        <source>bf16 is quicker where the processor has it and rounds more; automatic takes it there.</source>
        <translation>处理器支持时 bf16 更快，但舍入更多；“自动”会在支持时使用它。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Threads of the processor that the network may use; 0 = all cores.</source>
        <translation>网络可使用的处理器线程数；0 表示所有核心。</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>Memory in which an opened photo keeps its answers for recent values of ρ.</source>
        <translation>已打开的照片用于保存最近各 ρ 值结果的内存。</translation>
    </message>
    <message>
        <source>Memory for answers</source>
        <translation>结果缓存</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>The file in which settings are kept</source>
        <translation>保存设置的文件</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>SetupPage</name>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Drop a folder here: VOC, Cityscapes, CamVid, or your own</source>
        <translation>将文件夹拖到这里：VOC、Cityscapes、CamVid 或您自己的</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>This project&apos;s labels</source>
        <translation>此项目的标注</translation>
    </message>
    <message>
        <source>Images to train on</source>
        <translation>训练图像</translation>
    </message>
    <message>
        <source>Images to validate on</source>
        <translation>验证图像</translation>
    </message>
    <message>
        <source>Train on</source>
        <translation>训练于</translation>
    </message>
    <message>
        <source>validate on</source>
        <translation>验证于</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Advanced: all keys</source>
        <translation>高级：所有键</translation>
    </message>
    <message>
        <source>Measure time and memory</source>
        <translation>测量时间和内存</translation>
    </message>
    <message>
        <source>Takes a few steps of every phase on made-up images</source>
        <translation>在合成图像上对每个阶段运行几步</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Choose a data set&apos;s folder</source>
        <translation>选择数据集的文件夹</translation>
    </message>
    <message>
        <source>Choose a recipe</source>
        <translation>选择配方</translation>
    </message>
    <message>
        <source>Recipes (*.toml *.json)</source>
        <translation>配方 (*.toml *.json)</translation>
    </message>
    <message>
        <source>Train on the labels of {name}, as they stand in the Label workspace</source>
        <translation>用 {name} 的标注训练，以标注工作区中的当前状态为准</translation>
    </message>
    <message>
        <source>looking what is there</source>
        <translation>正在查看内容</translation>
    </message>
    <message>
        <source>Recognised: {layout}, {n} classes</source>
        <translation>识别为:{layout},{n} 个类别</translation>
    </message>
    <message>
        <source>{split} · {n} images</source>
        <translation>{split} · {n} 幅图像</translation>
    </message>
    <message>
        <source>. Training and validation are the same images: scores will flatter</source>
        <translation>。训练与验证是相同的图像：得分会偏高</translation>
    </message>
    <message>
        <source>The layout is recognised and everything is checked before a training starts.</source>
        <translation>训练开始前会识别布局并检查一切。</translation>
    </message>
    <message>
        <source>Another file…</source>
        <translation>其他文件…</translation>
    </message>
    <message>
        <source>Each process needs an image of every step: raise the images or lower the processes.</source>
        <translation>每个进程在每一步都需要至少一张图像：请增加图像数或减少进程数。</translation>
    </message>
    <message>
        <source>More than a tenth of the images cannot be used: the table or layout is wrong.</source>
        <translation>超过十分之一的图像无法使用：类别表或布局有误。</translation>
    </message>
    <message>
        <source>{time} of steps and {memory} MB on {device}, as busy as it is now; validation comes on top</source>
        <translation>按目前负载，在 {device} 上需 {time} 步时和 {memory} MB；验证另计</translation>
    </message>
</context>
<context>
    <name>ShortcutEditor</name>
    <message>
        <source>Change shortcuts</source>
        <translation>更改快捷键</translation>
    </message>
    <message>
        <source>Search by name or key</source>
        <translation>按名称或按键搜索</translation>
    </message>
    <message>
        <source>Actions and their keys</source>
        <translation>操作及其按键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Second key</source>
        <translation>第二按键</translation>
    </message>
    <message>
        <source>Assign</source>
        <translation>指定</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>全部重置</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Press a key</source>
        <translation>按下按键</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Changed; its own: %1</source>
        <translation>已更改；原按键：%1</translation>
    </message>
    <message>
        <source>Choose an action above to change its keys.</source>
        <translation>在上面选择一个操作以更改其按键。</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”. Assigning takes it from there.</source>
        <translation>%1 属于“%2”。指定后会从那里移走。</translation>
    </message>
    <message>
        <source>%1 belongs to “%2” and cannot be changed.</source>
        <translation>%1 属于“%2”，不能更改。</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
</context>
<context>
    <name>StageRows</name>
    <message>
        <source>Share and time of each stage</source>
        <translation>每个阶段的占比和用时</translation>
    </message>
    <message>
        <source>Stage %1</source>
        <translation>阶段 %1</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>总计</translation>
    </message>
</context>
<context>
    <name>StageStrip</name>
    <message>
        <source>Stages of the cascade</source>
        <translation>级联的各阶段</translation>
    </message>
    <message>
        <source>Stage %1</source>
        <translation>阶段 %1</translation>
    </message>
    <message>
        <source>What stage %1 decided, in class colours. Earlier decisions are dark, what it hands on is veiled.
Click to see it on the canvas (Alt+%1).</source>
        <translation>阶段 %1 判定的内容，以类别颜色显示。之前的判定变暗，交给下一阶段的部分蒙白。
点击在画布上查看(Alt+%1)。</translation>
    </message>
    <message>
        <source>Final</source>
        <translation>最终</translation>
    </message>
    <message>
        <source>The answer of all stages together. Click to see it on the canvas (Alt+0).</source>
        <translation>所有阶段合并的结果。点击在画布上查看(Alt+0)。</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop what is running (Esc)</source>
        <translation>停止正在进行的操作(Esc)</translation>
    </message>
    <message>
        <source>Cancel what is running</source>
        <translation>取消正在进行的操作</translation>
    </message>
    <message>
        <source>Device, time and threshold</source>
        <translation>设备、用时和阈值</translation>
    </message>
    <message>
        <source>State of the work</source>
        <translation>工作状态</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
</context>
<context>
    <name>StatusBoard</name>
    <message>
        <source>stopped</source>
        <extracomment>Status. Number of jobs that are running or waiting.</extracomment>
        <translation>已停止</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
</context>
<context>
    <name>SwipeView</name>
    <message>
        <source>Two models&apos; answers, divided by a handle</source>
        <translation>两个模型的结果，以手柄分隔</translation>
    </message>
</context>
<context>
    <name>ToolStrip</name>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Tour</source>
        <translation>导览</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Welcome to Rhoscope</source>
        <translation>欢迎使用 Rhoscope</translation>
    </message>
    <message>
        <source>Most pixels of a photo are easy, and a shallow network already knows them. Only the hard ones go deeper. Half a minute shows how that looks, on the sample photos.</source>
        <translation>照片中的大多数像素都很容易，浅层网络就能判定，只有困难的像素才进入更深层。用半分钟在示例照片上看看它的样子。</translation>
    </message>
    <message>
        <source>The cascade at work</source>
        <translation>级联如何工作</translation>
    </message>
    <message>
        <source>Each tile is one stage: in colour what it decided, veiled what it handed on to the next. Click a tile to see it on the canvas.</source>
        <translation>每个小图是一个阶段：彩色是它判定的部分，蒙白是它交给下一阶段的部分。点击小图在画布上查看。</translation>
    </message>
    <message>
        <source>ρ sets how sure is sure enough</source>
        <translation>ρ 决定多有把握才算数</translation>
    </message>
    <message>
        <source>A stage keeps a pixel when it is surer than ρ. Move it and watch: a higher ρ sends more pixels deeper and takes more time.</source>
        <translation>当阶段的把握高于 ρ 时保留该像素。移动它看看：ρ 越高，进入深层的像素越多，用时也越长。</translation>
    </message>
    <message>
        <source>The answer over your photo</source>
        <translation>照片上的结果</translation>
    </message>
    <message>
        <source>The wheel zooms, dragging pans, hold H for the bare photo. The line below the photo says what every stage thought of the pixel under the cursor.</source>
        <translation>滚轮缩放，拖动平移，按住 H 查看原图。照片下方的一行说明每个阶段对光标处像素的看法。</translation>
    </message>
    <message>
        <source>Which photos were hard</source>
        <translation>哪些照片困难</translation>
    </message>
    <message>
        <source>Every photo shows how much of it reached the last stage. Drop your own photos or a folder anywhere on the window.</source>
        <translation>每张照片都标出有多少像素到达最后阶段。可把自己的照片或文件夹拖到窗口任意位置。</translation>
    </message>
    <message>
        <source>Everything by name</source>
        <translation>按名称找到一切</translation>
    </message>
    <message>
        <source>Here are the workspaces. Ctrl+K finds every command by a few of its letters, F1 shows all keys. This tour waits in the Help menu.</source>
        <translation>这里是各工作区。Ctrl+K 用几个字母就能找到任何命令，F1 显示所有按键。本导览可在“帮助”菜单中重新打开。</translation>
    </message>
</context>
<context>
    <name>TourPanel</name>
    <message>
        <source>Hard pixels reviewed</source>
        <translation>已查看的困难像素</translation>
    </message>
    <message>
        <source>No photo is open.</source>
        <translation>没有打开照片。</translation>
    </message>
    <message>
        <source>The model is looking at the photo…</source>
        <translation>模型正在查看照片…</translation>
    </message>
    <message>
        <source>No model is there.</source>
        <translation>没有模型。</translation>
    </message>
    <message>
        <source>Stage %1 has answered, the next one is at work…</source>
        <translation>阶段 %1 已给出结果，下一阶段正在工作…</translation>
    </message>
    <message>
        <source>The model proposes the faint labels. Decided by stages 1, 2, 3: %1</source>
        <translation>淡色标签是模型的建议。阶段 1、2、3 判定：%1</translation>
    </message>
    <message>
        <source>Nothing is proposed where it sees %1.</source>
        <translation>模型看到 %1 之处不作建议。</translation>
    </message>
    <message>
        <source>%1 of %2 hard groups reviewed · %3 %</source>
        <translation>已查看 %1 / %2 组困难像素 · %3 %</translation>
    </message>
    <message>
        <source>No hard pixels in this photo.</source>
        <translation>这张照片没有困难像素。</translation>
    </message>
    <message>
        <source>Hard pixels</source>
        <translation>困难像素</translation>
    </message>
    <message>
        <source>undecided</source>
        <translation>未判定</translation>
    </message>
    <message>
        <source>Group %1 of %2: what is the outlined part?</source>
        <translation>第 %1 / %2 组：勾出的部分是什么?</translation>
    </message>
</context>
<context>
    <name>TrainOnLabels</name>
    <message>
        <source>&amp;Train a model on these labels</source>
        <translation>用这些标注训练模型(&amp;T)</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Set up a training job on this project&apos;s labels</source>
        <translation>用此项目的标注设置训练任务</translation>
    </message>
</context>
<context>
    <name>TrainWorkspace</name>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Train: set up, watch and compare training jobs</source>
        <translation>训练：设置、观察和比较训练任务</translation>
    </message>
    <message>
        <source>&amp;Training</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>New training</source>
        <translation>新建训练</translation>
    </message>
    <message>
        <source>Show a run made elsewhere…</source>
        <translation>显示在别处进行的运行…</translation>
    </message>
    <message>
        <source>Start or resume</source>
        <translation>开始或继续</translation>
    </message>
    <message>
        <source>Start now, beside what runs</source>
        <translation>立即开始，与正在运行的并行</translation>
    </message>
    <message>
        <source>Earlier in the queue</source>
        <translation>在队列中提前</translation>
    </message>
    <message>
        <source>Later in the queue</source>
        <translation>在队列中推后</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>End its process at once</source>
        <translation>立即结束其进程</translation>
    </message>
    <message>
        <source>Duplicate…</source>
        <translation>复制…</translation>
    </message>
    <message>
        <source>Open the run&apos;s folder</source>
        <translation>打开运行的文件夹</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>从列表中移除</translation>
    </message>
    <message>
        <source>Choose a run&apos;s folder, or a folder with runs</source>
        <translation>选择运行的文件夹，或含有运行的文件夹</translation>
    </message>
    <message>
        <source>Delete the run {name} with its checkpoints?</source>
        <translation>删除运行 {name} 及其检查点?</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>TrainingWords</name>
    <message>
        <source>not started</source>
        <translation>未开始</translation>
    </message>
    <message>
        <source>waits, place {n}</source>
        <translation>排队中，第 {n} 位</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>正在暂停</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>grows elsewhere</source>
        <translation>在别处进行</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} 秒</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} 分钟</translation>
    </message>
    <message>
        <source>{h} h {m} min</source>
        <translation>{h} 小时 {m} 分</translation>
    </message>
    <message>
        <source>{n} days</source>
        <translation>{n} 天</translation>
    </message>
    <message>
        <source>Its process ended without a word. Resume goes on from the last checkpoint.</source>
        <translation>它的进程无声地结束了。“继续”会从最后一个检查点接着训练。</translation>
    </message>
    <message>
        <source>Duplicate it with a smaller batch or crop, or resume after making room.</source>
        <translation>用更小的批量或裁剪复制它，或者腾出内存后继续。</translation>
    </message>
    <message>
        <source>Put right what it names, then resume from the last checkpoint.</source>
        <translation>先解决它指出的问题，再从最后一个检查点继续。</translation>
    </message>
    <message>
        <source>It is trained on another computer or is being copied; it can be watched here.</source>
        <translation>它正在另一台计算机上训练，或正在被复制；可以在这里观看。</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>mIoU, %</source>
        <translation>mIoU，%</translation>
    </message>
    <message>
        <source>IoU by class, %</source>
        <translation>各类别 IoU，%</translation>
    </message>
    <message>
        <source>Pixels decided by stage, %</source>
        <translation>各阶段判定的像素，%</translation>
    </message>
    <message>
        <source>Pixels that a stage learns, %</source>
        <translation>各阶段学习的像素，%</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Images per second</source>
        <translation>每秒图像数</translation>
    </message>
    <message>
        <source>Memory, MB</source>
        <translation>内存，MB</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>stage {n}</source>
        <translation>阶段 {n}</translation>
    </message>
    <message>
        <source>total</source>
        <translation>总计</translation>
    </message>
    <message>
        <source>merged</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>all pixels</source>
        <translation>全部像素</translation>
    </message>
</context>
<context>
    <name>TransferForm</name>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Left out: %1</source>
        <translation>略过：%1</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
</context>
<context>
    <name>WindowActions</name>
    <message>
        <source>Workspace: %1</source>
        <translation>工作区：%1</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Command &amp;palette…</source>
        <translation>命令面板(&amp;P)…</translation>
    </message>
    <message>
        <source>Find and do anything by a few of its letters</source>
        <translation>用几个字母查找并执行任何操作</translation>
    </message>
    <message>
        <source>S&amp;ettings…</source>
        <translation>设置(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Change shortcuts…</source>
        <translation>更改快捷键(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Tour</source>
        <translation>导览(&amp;T)</translation>
    </message>
</context>
<context>
    <name>WorkingSizeActions</name>
    <message>
        <source>The size at which the model was trained and measured</source>
        <translation>模型训练和评测时的尺寸</translation>
    </message>
    <message>
        <source>%1 pixels</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>Long side of a 4:3 photo: finer parts, more time</source>
        <translation>4:3 照片的长边：细节更多，用时更长</translation>
    </message>
    <message>
        <source>Each photo&apos;s own</source>
        <translation>照片原尺寸</translation>
    </message>
    <message>
        <source>Every pixel counts; large photos are computed in tiles</source>
        <translation>每个像素都参与计算；大照片分块计算</translation>
    </message>
    <message>
        <source>&amp;Working size</source>
        <translation>工作尺寸(&amp;W)</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>模型自带</translation>
    </message>
</context>
<context>
    <name>_Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Dismiss the problem</source>
        <translation>关闭问题提示</translation>
    </message>
</context>
<context>
    <name>_Delegate</name>
    <message>
        <source>comes along</source>
        <translation>随程序提供</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>已导入</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>您自己的</translation>
    </message>
    <message>
        <source>needs weights</source>
        <translation>需要权重</translation>
    </message>
</context>
<context>
    <name>_Empty</name>
    <message>
        <source>Drop a data set here to train a model</source>
        <translation>将数据集拖到这里以训练模型</translation>
    </message>
    <message>
        <source>PASCAL VOC, Cityscapes, CamVid, a folder of images with label maps, or a project of the Label
workspace: it is recognised and checked. Jobs run on when the window is closed, and runs made
elsewhere can be watched here too.</source>
        <translation>PASCAL VOC、Cityscapes、CamVid、带标注图的图像文件夹，或标注工作区的项目：
会自动识别并检查。关闭窗口后任务继续运行，在别处进行的运行也可在此观察。</translation>
    </message>
    <message>
        <source>New training</source>
        <translation>新建训练</translation>
    </message>
</context>
<context>
    <name>_Loading</name>
    <message>
        <source>looking for runs</source>
        <translation>正在查找运行</translation>
    </message>
</context>
<context>
    <name>_PlaceDelegate</name>
    <message>
        <source>undecided</source>
        <translation>未判定</translation>
    </message>
</context>
<context>
    <name>_PlaceModel</name>
    <message>
        <source>undecided</source>
        <translation>未判定</translation>
    </message>
</context>
<context>
    <name>_SampleButton</name>
    <message>
        <source>Open the sample photo %1</source>
        <translation>打开示例照片 %1</translation>
    </message>
</context>
<context>
    <name>_Sheet</name>
    <message>
        <source>photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>truth</source>
        <translation>真值</translation>
    </message>
    <message>
        <source>merged</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>deciding stage</source>
        <translation>判定阶段</translation>
    </message>
    <message>
        <source>stage {n}</source>
        <translation>阶段 {n}</translation>
    </message>
    <message>
        <source> · {n} % right</source>
        <translation> · {n} % 正确</translation>
    </message>
</context>
<context>
    <name>formats</name>
    <message>
        <source>PASCAL VOC</source>
        <translation>PASCAL VOC</translation>
    </message>
    <message>
        <source>Palette PNG whose pixels are class numbers, and a list of the images.</source>
        <translation>像素值为类别编号的调色板 PNG，以及图像列表。</translation>
    </message>
    <message>
        <source>Index PNG</source>
        <translation>索引 PNG</translation>
    </message>
    <message>
        <source>Grey PNG whose pixels are class numbers; 255 = undecided.</source>
        <translation>像素值为类别编号的灰度 PNG；255 = 未决定。</translation>
    </message>
    <message>
        <source>Cityscapes</source>
        <translation>Cityscapes</translation>
    </message>
    <message>
        <source>labelIds and colours. Only for classes that Cityscapes has.</source>
        <translation>labelIds 与颜色图。仅适用于 Cityscapes 已有的类别。</translation>
    </message>
    <message>
        <source>COCO, run lengths</source>
        <translation>COCO，游程编码</translation>
    </message>
    <message>
        <source>One JSON with masks that hold every pixel.</source>
        <translation>一个 JSON 文件，其掩码保留每个像素。</translation>
    </message>
    <message>
        <source>COCO, polygons</source>
        <translation>COCO，多边形</translation>
    </message>
    <message>
        <source>One JSON with outlines. Undecided pixels in holes are filled.</source>
        <translation>一个 JSON 文件，保存轮廓。孔洞中未决定的像素会被填充。</translation>
    </message>
    <message>
        <source>labelme</source>
        <translation>labelme</translation>
    </message>
    <message>
        <source>One JSON a photo, with masks.</source>
        <translation>每张照片一个带掩码的 JSON 文件。</translation>
    </message>
    <message>
        <source>YOLO segmentation</source>
        <translation>YOLO 分割</translation>
    </message>
    <message>
        <source>One text a photo, with outlines. Undecided pixels in holes are filled.</source>
        <translation>每张照片一个文本文件，保存轮廓。孔洞中未决定的像素会被填充。</translation>
    </message>
</context>
</TS>
