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
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>The class of every pixel (O for the next map)</source>
        <translation>每个像素的类别(按 O 切换到下一图层)</translation>
    </message>
    <message>
        <source>Stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Which stage decided every pixel (O for the next map)</source>
        <translation>每个像素由哪个阶段判定(按 O 切换到下一图层)</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>置信度</translation>
    </message>
    <message>
        <source>How sure the deciding stage was (O for the next map)</source>
        <translation>判定阶段的把握程度(按 O 切换到下一图层)</translation>
    </message>
    <message>
        <source>Hard</source>
        <translation>困难</translation>
    </message>
    <message>
        <source>The pixels that no stage but the last was sure about (O for the next map)</source>
        <translation>除最后阶段外没有阶段有把握的像素(按 O 切换到下一图层)</translation>
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
        <source>The cascade&apos;s own answer (C for the next)</source>
        <translation>级联自身的结果(按 C 切换)</translation>
    </message>
    <message>
        <source>Hard pixels</source>
        <translation>困难像素</translation>
    </message>
    <message>
        <source>The CRF may change hard pixels only (C for the next)</source>
        <translation>CRF 只能修改困难像素(按 C 切换)</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>The CRF may change every pixel (C for the next)</source>
        <translation>CRF 可以修改所有像素(按 C 切换)</translation>
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
    <name>ClassList</name>
    <message>
        <source>Classes in the photo</source>
        <translation>照片中的类别</translation>
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
    <name>Refinement</name>
    <message>
        <source>refining with the CRF</source>
        <extracomment>CrfView or None.</extracomment>
        <translation>正在用 CRF 细化</translation>
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
    <name>_ImageDelegate</name>
    <message>
        <source>%1 % hard</source>
        <translation>%1 % 困难</translation>
    </message>
</context>
<context>
    <name>_SampleButton</name>
    <message>
        <source>Open the sample photo %1</source>
        <translation>打开示例照片 %1</translation>
    </message>
</context>
</TS>
