"""More of what no tool answers: single questions from all over, and the things people ask about."""

import re

NOUNS_EN = tuple(
    re.findall(
        r"[^,\s][^,]*",
        """a quark, a tornado, a symphony, a sonnet, an elephant, a passport, a mortgage, inflation, democracy, gravity, a comet, the Eiffel Tower, Hollywood, Marie Curie,
    Albert Einstein, Isaac Newton, Charles Darwin, Cleopatra, Mozart, Picasso, Frida Kahlo, Nelson Mandela, Gandhi, the Beatles, Madonna, Harry Potter, Sherlock Holmes, Batman, Pikachu,
    the Amazon rainforest, the Sahara, Antarctica, the Nile, London, Madrid, Moscow, Seoul, Mumbai, Cairo, Sydney, Toronto, Mexico City, Iceland, Switzerland, Vietnam, the Great Wall, the Taj Mahal,
    a smartphone, a laptop, a bicycle, a sailing boat, a washing machine, a guitar, a violin, a piano, a camera, a telescope, a microscope, a laser, a transistor, a database, an operating system, Linux, GitHub, Docker, Kubernetes,
    an API, recursion, a hash map, a pointer, Rust, Java, HTML, CSS, a spreadsheet, a compiler, deep learning, a transformer model, reinforcement learning, a GPU, cloud computing, cybersecurity, a firewall, a password,
    a mitochondrion, a neuron, a virus, a bacterium, a gene, evolution, a mammal, a whale, a honey bee, a spider, an oak tree, a rose, a mushroom, a banana, an onion, garlic bread, sushi, pizza, a croissant, a smoothie, cheese, an omelette,
    a wedding, a birthday party, Christmas, Halloween, Ramadan, the Chinese New Year, a marathon, tennis, basketball, golf, swimming, skiing, a triathlon, meditation, insomnia, stress, anxiety, a broken leg, a sore throat, asthma, malaria,
    a job interview, a resignation letter, a CV, a contract, a lawsuit, a patent, copyright, a mutual fund, a pension, a credit card, a budget, marketing, a startup, a business plan, supply and demand, globalisation, a trade war,
    a black hole, a supernova, a galaxy, Mars, Jupiter, the Sun, a solar eclipse, the tides, a glacier, an earthquake, plate tectonics, a hurricane, the ozone layer, global warming, recycling, wind power, nuclear fusion, a dam, a bridge, a skyscraper""",
    )
)
NOUNS_ZH = tuple(
    re.findall(
        r"[^，]+",
        "夸克，龙卷风，交响乐，十四行诗，大象，护照，房贷，通货膨胀，民主，重力，彗星，埃菲尔铁塔，好莱坞，居里夫人，爱因斯坦，牛顿，达尔文，莫扎特，毕加索，甘地，披头士，哈利波特，福尔摩斯，蝙蝠侠，亚马逊雨林，撒哈拉沙漠，南极洲，尼罗河，伦敦，莫斯科，首尔，开罗，悉尼，冰岛，瑞士，泰姬陵，智能手机，笔记本电脑，自行车，洗衣机，吉他，小提琴，钢琴，照相机，望远镜，显微镜，激光，晶体管，数据库，操作系统，递归，指针，编译器，深度学习，强化学习，云计算，网络安全，密码，线粒体，神经元，病毒，细菌，基因，进化论，哺乳动物，鲸鱼，蜜蜂，蜘蛛，玫瑰，蘑菇，香蕉，洋葱，寿司，披萨，奶酪，火锅，饺子，婚礼，生日派对，圣诞节，中秋节，端午节，网球，篮球，高尔夫，游泳，滑雪，冥想，失眠，压力，焦虑，哮喘，疟疾，面试，简历，合同，专利，版权，基金，养老金，信用卡，预算，营销，创业，商业计划，供求关系，全球化，贸易战，超新星，银河系，火星，木星，太阳，日食，潮汐，冰川，板块构造，飓风，臭氧层，回收，风力发电，核聚变，水坝，桥梁，摩天大楼，唐诗，宋词，三国演义，孔子，秦始皇，故宫，黄河，熊猫，功夫，京剧，书法，象棋，高考，考研，论文，导师",
    )
)

SINGLE_EN = (
    "Draw a house.", "Draw a cat.", "Draw me a sunset.", "Sketch a portrait of my dog.", "Show me a picture of a sports car.", "Render a landscape.", "Make a logo for my company.", "Show a 3D model of a chair.", "Build a 3D city.", "Animate a bouncing ball.",
    "Calculate my taxes.", "How many calories are in a burger?", "What is the weight of an elephant?", "How tall is the Eiffel Tower?", "How long is the Nile?", "How fast is light?", "What's the population of India?", "How many people live in Tokyo?", "Convert dollars to euros for me.", "What's my IP address?",
    "Look up the news.", "Look up my friend's phone number.", "Find me a dentist nearby.", "Find a good restaurant.", "Search the web for cheap flights.", "Look up the definition of 'serendipity'.", "What does HTTP stand for?", "Spell 'necessary'.", "Is 'irregardless' a word?", "Give me a synonym for 'happy'.",
    "How do I fix a flat tyre?", "How do I tie a tie?", "How do I reset my password?", "How do I learn to swim?", "How do I write a cover letter?", "How can I sleep better?", "How can I save money?", "How can I make friends?", "How should I prepare for an exam?", "How do I get red wine out of a carpet?",
    "Why do cats purr?", "Why do we dream?", "Why do people yawn?", "Why is the ocean salty?", "Why do stars twinkle?", "Why did the dinosaurs die out?", "Why do onions make you cry?", "Why is Pluto not a planet?", "Why do birds migrate?", "Why does bread rise?",
    "Who wrote Faust?", "Who wrote War and Peace?", "Who invented the telephone?", "Who was the first man on the Moon?", "Who is the richest person alive?", "Who sings this song?", "Who directed Titanic?", "Who built the pyramids?", "Who is your creator?", "Who is the king of Spain?",
    "When was the French Revolution?", "When is Easter this year?", "When does the next train leave?", "When was Python released?", "When did the Berlin Wall fall?", "Where is Timbuktu?", "Where can I park?", "Where do penguins live?", "Where were the first Olympics held?", "Which is the largest ocean?",
    "Which phone should I buy?", "Which language should I learn first?", "Which is better, tea or coffee?", "Which planet is the hottest?", "Do you have feelings?", "Do you sleep?", "Do aliens exist?", "Do you know any riddles?", "Can dogs eat chocolate?", "Can you keep a secret?",
    "Can you book tickets for me?", "Can you hear me?", "Can you write code?", "Can you translate this sentence?", "Can you summarise this article?", "Can you check my grammar?", "Could you be my friend?", "Could you order me a taxi?", "Would you marry me?", "Should I quit my job?",
    "Let's play a game.", "Let's talk about movies.", "I need advice about my relationship.", "I'm bored.", "I lost my keys.", "I want to learn piano.", "My computer is slow.", "My car makes a strange noise.", "My plants are dying.", "Guess what I had for breakfast.",
    "Give me a quote.", "Give me a tongue twister.", "Give me ideas for a birthday present.", "Give me a workout plan.", "Name three rivers in Africa.", "Name a famous painter.", "Say something funny.", "Say hello in five languages.", "Count to ten.", "Continue the story: once upon a time",
    "Rewrite this paragraph in a formal tone.", "Write a product description for shoes.", "Write a tweet.", "Write a resignation letter.", "Write unit tests for my function.", "Write a regex for e-mail addresses.", "Explain this error message: segmentation fault", "Refactor my code.", "Sort this list.", "Reverse a string in C++.",
    "What is the best programming language?", "What is your favourite colour?", "What is your favourite film?", "What is 'deja vu'?", "What are the symptoms of flu?", "What are you wearing?", "What are the rules of chess?", "What's on television tonight?", "What's the score?", "What's new?",
    "What's the difference between a virus and a bacterium?", "What's the boiling point of politics?", "What colour is the sky on Mars?", "What language is spoken in Brazil?", "What currency do they use in Poland?", "What year is it?", "What should I name my cat?", "What happened in 1989?", "What causes rain?", "What is consciousness?",
    "What is an isotope?", "What is an atom made of?", "What is oxidation?", "What is a noble gas?", "What is Avogadro's constant used for?", "What are van der Waals forces?", "What is hybridisation?", "What is a transition state?", "What is the difference between an acid and a base?", "What is the octet rule?",
    "How does a catalyst lower the activation energy?", "How do detergents work?", "How does distillation work?", "How does chromatography separate compounds?", "How is steel made?", "How is nylon produced?", "How do enzymes work?", "How are crystals grown?", "How does a mass spectrometer work?", "How does soap clean?",
    "Why does iron rust?", "Why is water a good solvent?", "Why do ionic compounds have high melting points?", "Why is diamond hard?", "Why are some molecules coloured?", "Why does salt dissolve?", "Who discovered the electron?", "Who discovered DNA?", "Who was Mendeleev?", "Who won the Nobel Prize in Chemistry?",
    "Is water wet?", "Is it safe to mix bleach and vinegar?", "Is my sample pure?", "Is this reaction spontaneous?", "Which solvent should I use for my column?", "Which spectrum should I record?", "Design a new drug for me.", "Invent a molecule.", "Suggest a synthesis.", "Predict the products of my reaction.",
    "Name all the elements in group one.", "Balance my equation.", "Tell me about the Nobel Prize.", "Tell me the news.", "Tell me your favourite molecule.", "Show me the periodic table.", "Show me a video.", "Show me cat pictures.", "Open my file.", "Read this PDF.",
)  # fmt: skip
SINGLE_ZH = (
    "画一座房子。", "画一只猫。", "给我画个日落。", "画一幅山水画。", "设计一个公司标志。", "给我一辆汽车的三维模型。", "算一下我的个税。", "一个汉堡有多少卡路里？", "大象有多重？", "埃菲尔铁塔有多高？", "尼罗河有多长？", "光速有多快？", "印度有多少人口？", "把美元换成人民币。", "查一下新闻。", "查一下我朋友的电话。", "附近有好吃的餐馆吗？", "帮我搜便宜机票。", "HTTP是什么的缩写？", "“开心”的近义词有哪些？",
    "怎么补轮胎？", "怎么打领带？", "怎么重置密码？", "怎么学游泳？", "怎么写求职信？", "怎样睡得更好？", "怎样省钱？", "怎么交朋友？", "怎么准备考试？", "地毯上的红酒渍怎么清洗？", "猫为什么打呼噜？", "人为什么做梦？", "海水为什么是咸的？", "星星为什么闪烁？", "恐龙为什么灭绝？", "切洋葱为什么流泪？", "鸟为什么迁徙？", "面包为什么会发酵？", "谁写了《战争与和平》？", "谁发明了电话？",
    "第一个登月的人是谁？", "世界首富是谁？", "金字塔是谁建的？", "法国大革命是哪一年？", "下一班火车几点？", "柏林墙什么时候倒塌？", "企鹅住在哪里？", "最大的海洋是哪个？", "买哪款手机好？", "先学哪门编程语言？", "茶和咖啡哪个好？", "你有感情吗？", "你睡觉吗？", "外星人存在吗？", "狗能吃巧克力吗？", "你能保守秘密吗？", "你会写代码吗？", "帮我翻译这句话。", "帮我总结这篇文章。", "帮我改语法。",
    "我们来玩游戏吧。", "聊聊电影吧。", "我失恋了。", "我钥匙丢了。", "我想学钢琴。", "我的电脑很慢。", "车子有异响怎么办？", "花快枯死了。", "来一句名言。", "来个绕口令。", "送什么生日礼物好？", "给我一个健身计划。", "说出三条非洲的河流。", "说点好笑的。", "用五种语言说你好。", "从一数到十。", "接着讲：从前有座山", "把这段话改得正式些。", "写一条微博。", "写一封辞职信。",
    "写一个匹配邮箱的正则表达式。", "解释这个报错：段错误", "把列表排序。", "最好的编程语言是什么？", "你最喜欢什么颜色？", "流感有哪些症状？", "国际象棋的规则是什么？", "今晚有什么电视节目？", "比分是多少？", "病毒和细菌有什么区别？", "火星上的天空是什么颜色？", "巴西说什么语言？", "今年是哪一年？", "给我的猫起个名字。", "雨是怎么形成的？", "意识是什么？", "什么是同位素？", "原子由什么组成？", "什么是氧化反应？", "什么是稀有气体？",
    "阿伏伽德罗常数有什么用？", "什么是范德华力？", "什么是杂化轨道？", "酸和碱有什么区别？", "什么是八隅体规则？", "催化剂怎样降低活化能？", "洗衣粉的原理是什么？", "蒸馏的原理是什么？", "钢是怎么炼成的？", "尼龙是怎么生产的？", "酶是怎样工作的？", "晶体怎么培养？", "肥皂为什么能去污？", "铁为什么会生锈？", "水为什么是好溶剂？", "金刚石为什么硬？", "盐为什么能溶解？", "谁发现了电子？", "门捷列夫是谁？", "谁获得了诺贝尔化学奖？",
    "漂白剂和醋能混用吗？", "我的样品纯吗？", "过柱子用什么溶剂？", "帮我设计新药。", "发明一个分子。", "推荐一条合成路线。", "预测我的反应产物。", "配平我的方程式。", "说说诺贝尔奖。", "你最喜欢的分子是什么？", "给我看元素周期表。", "放个视频。", "打开我的文件。", "读一下这个PDF。", "红楼梦的作者是谁？", "孔子是哪国人？", "长城有多长？", "春节是哪一天？", "高考怎么复习？", "论文怎么写？",
)  # fmt: skip
MORE_EN = (
    "Why do leaves fall?", "Why is blood red?", "Why do dogs bark?", "Why is the moon visible by day?", "Why do we have seasons?", "Why do magnets attract iron?", "Why are bubbles round?", "Why do batteries run out?",
    "Why does ice float?", "Why do planes leave trails?", "How do rockets fly?", "How do ships float?", "How do bees make honey?", "How do cameras work?", "How does Wi-Fi work?", "How does a fridge stay cold?",
    "How do I cook rice?", "How do I bake bread?", "How do I stop smoking?", "How do I apply for a visa?", "How do I invest my savings?", "Who composed the Ninth Symphony?", "Who painted Starry Night?", "Who discovered America?",
    "Who was Aristotle?", "Who is the best football player?", "Who wrote the Bible?", "What is the plot of Macbeth?", "What is the tallest mountain?", "What is the fastest animal?", "What is the largest country?", "What is a good name for a dog?",
    "What is democracy good for?", "What does a lawyer do?", "What's a healthy breakfast?", "What's your opinion about remote work?", "What should I visit in Lisbon?", "Which team won yesterday?", "Which book do you recommend?", "Where can I buy stamps?",
    "Where is my parcel?", "When do shops close?", "Write a postcard to my aunt.", "Write a wedding speech.", "Write a limerick about a frog.", "Write a short story about a lighthouse.", "Compose a song about coffee.", "Draft an invitation.",
    "Plan my holiday.", "Plan a trip to Norway.", "Recommend a film for tonight.", "Recommend a restaurant in Vienna.", "Translate 'good night' into Spanish.", "Teach me how to say thanks in Japanese.", "Explain the offside rule.", "Explain inflation to me.",
    "Explain why the sky is dark at night.", "Explain what a gene is.", "Describe a perfect day.", "Describe the smell of rain.", "List the continents.", "List some good podcasts.", "Name the capital of Chile.", "Summarise Romeo and Juliet.",
    "Debug this Python script.", "My website is down.", "My printer does not work.", "Tell me how elections work.", "Tell me a fun fact.", "Good evening!", "Hi nano, how was your day?", "That's great, thank you.",
    "You are funny.", "What exactly are you?", "What are you good at?", "Tell me what you can do.", "Are you able to help me?", "Which things can you do for me?", "Who am I talking to?", "Can I ask you something?",
    "I don't understand.", "Never mind.", "Please help me with my homework.", "Make me laugh.", "Draw something nice.", "Draw a flower.", "Draw a map of Europe.", "Show me something in 3D.",
    "Compute something interesting.",
)  # fmt: skip
MORE_ZH = (
    "树叶为什么会落？", "血为什么是红的？", "狗为什么会叫？", "为什么会有四季？", "磁铁为什么能吸铁？", "气泡为什么是圆的？", "冰为什么浮在水上？", "电池为什么会没电？",
    "火箭怎么飞上天？", "轮船为什么能浮起来？", "蜜蜂怎么酿蜜？", "照相机怎么工作？", "冰箱为什么能制冷？", "怎么煮米饭？", "怎么烤面包？", "怎么戒烟？",
    "怎么申请签证？", "怎么理财？", "糖醋排骨怎么做？", "西红柿炒鸡蛋怎么做？", "《命运交响曲》是谁写的？", "《星空》是谁画的？", "谁发现了美洲？", "亚里士多德是谁？",
    "最好的足球运动员是谁？", "《哈姆雷特》讲了什么？", "最高的山是哪座？", "跑得最快的动物是什么？", "面积最大的国家是哪个？", "给小狗起什么名字好？", "律师是做什么的？", "健康的早餐有哪些？",
    "你怎么看加班？", "里斯本有什么好玩的？", "昨天哪个队赢了？", "推荐一本小说。", "推荐一部喜剧片。", "推荐一家维也纳的餐厅。", "在哪里买邮票？", "我的快递到哪了？",
    "商店几点关门？", "给阿姨写张明信片。", "写一篇婚礼致辞。", "写个关于灯塔的小故事。", "写首关于咖啡的歌。", "写一份邀请函。", "帮我规划假期。", "帮我安排挪威旅行。",
    "“晚安”用西班牙语怎么说？", "教我用日语说谢谢。", "教我几句法语。", "解释一下越位规则。", "解释一下通货膨胀。", "夜晚天空为什么是黑的？", "基因是什么？", "描述完美的一天。",
    "列出七大洲。", "智利的首都是哪里？", "莱茵河有多长？", "概括《罗密欧与朱丽叶》。", "帮我改Python脚本。", "网站打不开了。", "打印机坏了。", "选举是怎么进行的？",
    "来个冷知识。", "晚上好！", "你今天过得怎么样？", "太感谢你了。", "你真有趣。", "你到底是什么？", "你擅长什么？", "说说你能干什么。",
    "你能帮我吗？", "请问你是什么？", "你能为我做哪些事？", "我可以问你问题吗？", "我不明白。", "没事了。", "辅导我写作业。", "逗我笑。",
    "画点什么吧。", "画一朵花。", "画张欧洲地图。", "给我看个立体的东西。", "随便算点什么。", "铜为什么导电？", "金属为什么有光泽？", "谁提出了相对论？",
    "谁提出了原子论？", "活着为了什么？", "怎样才能变瘦？", "怎样长高？", "后天会下雪吗？", "后天天气好吗？", "推荐巴黎的酒店。", "你喜欢哪位画家？",
    "你最佩服谁？", "帮我看看这段网页代码。", "你觉得网课好吗？", "谈谈你对人工智能的看法。", "为什么秋天叶子会黄？", "鱼为什么能在水里呼吸？", "彩虹是怎么形成的？", "人为什么会打嗝？",
    "为什么要睡觉？",
)  # fmt: skip
WIDER_EN = (
    "Why is graphite soft?", "What is activation energy?", "What is an electrophile?", "How does a titration work?", "What does pKa mean?", "Explain Le Chatelier's principle.", "What is the difference between an alkane and an alkene?", "Why do atoms form bonds?",
    "Explain how a battery stores energy.", "What is the ideal gas law?", "What does lipophilicity mean in general?", "Why is Lipinski's rule of five useful?", "What does TPSA stand for?", "How is a molar mass worked out by hand?", "What is a melting point, physically?", "Why do branched alkanes boil lower?",
    "What is a CAS number?", "Who invented SMILES?", "What is the InChI standard?", "How many elements are there?", "What is the half-life of uranium?", "Which metal is liquid at room temperature?", "What is the most abundant gas in air?", "Explain resonance structures.",
    "What is a radical?", "When is a reaction under kinetic control?", "How does infrared spectroscopy work?", "Why are transition metals good catalysts?", "What is a racemic mixture?", "Tell me about green solvents in general.", "Draw a triangle.", "Sketch my garden.",
    "Draw a portrait of the queen.", "Paint a sunset over the sea.", "Show me a graph of sales by month.", "Plot a sine wave.", "Render a spaceship.", "Make a 3D model of my kitchen.", "Draw a cartoon dog.", "Design a poster for our party.",
    "Draw me like an impressionist.", "Sketch a bridge for my project.", "Plot the temperature of last week.", "Make a pie chart of my expenses.", "Show a 3D view of the Alps.", "Draw a flow chart of our process.", "Visualise the London underground.", "Create a logo for a bakery.",
    "Draw whatever you like.", "Depict happiness.", "Illustrate a children's book.", "Compute my body mass index.", "Calculate how long the drive takes.", "Calculate my carbon footprint.", "Compute the odds of rain.", "How many days until summer?",
    "Work out who owes whom after dinner.", "What is the weight of a blue whale?", "How heavy is the Eiffel Tower?", "How big is Texas?", "What is the mass of the Earth?", "How many rings does Saturn have?", "How many rings are in the Olympic logo?", "How flexible is a gymnast?",
    "Compare Paris and London.", "Which is bigger, Asia or Africa?", "Look up a train connection.", "Look up my horoscope.", "Search for cheap shoes.", "Find me a dentist.", "Look up the word serendipity.", "Which rivers flow through Germany?",
    "Which countries border Hungary?", "In which country is Machu Picchu?", "What is the longest river of Europe?", "How many states does India have?", "What sea lies east of Italy?", "Who was the first emperor of Rome?", "Which king built Versailles?", "What is the population of Ghana?",
    "Where is Lake Baikal?", "Which composer wrote The Magic Flute?", "Whose novel is Emma?", "Which artist cut off his ear?", "What sport is played at Wimbledon?", "How many players are in a rugby team?", "What helps against hiccups?", "How long should I boil an egg?",
    "How do I remove coffee stains?", "How do I tune a guitar?", "What can I cook with leeks?", "Any tips for public speaking?", "I can't sleep, any ideas?", "I argued with my sister.", "My flight was cancelled, what now?", "Suggest a name for our team.",
    "Suggest a hobby for winter.", "Write a slogan for toothpaste.", "Write a thank-you note to my teacher.", "Invent a bedtime story.", "Correct my French sentence.", "Which laptop is good for students?", "Is it better to rent or to buy?", "How do I start a vegetable garden?",
    "What's a fair tip in a restaurant?", "How do I fix a squeaky door?", "Why does my code loop forever?", "How do I merge two branches in git?", "Convert this JSON to YAML.", "What does the keyword static mean in Java?", "Write a bash loop.", "Explain what an API key is.",
    "Is nuclear power safe?", "Should voting be compulsory?", "What do economists mean by recession?", "Who sets interest rates?", "How does a jury work?", "What did Plato teach?", "Why did Rome fall?", "What started the First World War?",
    "How do submarines dive?", "Why do cats land on their feet?", "How do spiders make webs?", "Why do we get goose bumps?", "How do birds find their way?", "What is dark matter?",
)  # fmt: skip
WIDER_ZH = (
    "石墨为什么软？", "什么是活化能？", "什么是亲电试剂？", "滴定的原理是什么？", "pKa是什么意思？", "解释勒夏特列原理。", "烷烃和烯烃有什么不同？", "原子为什么会成键？",
    "电池怎么储存能量？", "理想气体定律是什么？", "亲脂性是什么概念？", "类药五规则有什么用？", "TPSA是什么的缩写？", "摩尔质量怎么手算？", "熔点的物理意义是什么？", "支链烷烃的沸点为什么低？",
    "CAS号是什么？", "SMILES是谁发明的？", "InChI是什么标准？", "一共有多少种元素？", "哪种金属常温下是液体？", "空气里最多的气体是哪一种？", "什么是共振结构？", "自由基是什么？",
    "什么叫动力学控制？", "红外光谱怎么解读？", "过渡金属为什么常作催化剂？", "外消旋体是什么意思？", "谈谈绿色溶剂。", "分子间作用力有哪几种？", "电解质为什么能导电？", "什么是胶体？",
    "原子半径怎么变化？", "什么叫对映异构？", "反应速率受哪些因素影响？", "酸雨是怎么产生的？", "氧化剂和还原剂怎么区分？", "化学平衡会移动吗？", "氢键为什么重要？", "萃取和蒸馏有什么不同？",
    "画一个三角形。", "画我家的花园。", "给女王画一幅肖像。", "画一片海上日落。", "画一条正弦曲线。", "画一艘宇宙飞船。", "给我的厨房建个三维模型。", "画一只卡通小狗。",
    "设计一张晚会海报。", "把上周气温画成折线图。", "用饼图显示我的开销。", "画一张流程图。", "画张北京地铁图。", "给面包店设计标志。", "你想画什么就画什么。", "画出幸福的样子。",
    "给童话书配插图。", "显示阿尔卑斯山的三维地形。", "画一条龙。", "给我画张全家福。", "画个漂亮的风景。", "来一幅水墨画。", "算算我的体质指数。", "开车要多久？",
    "计算我的碳足迹。", "明天下雨的概率有多大？", "离暑假还有几天？", "蓝鲸有多重？", "地球的质量是多少？", "土星有几个光环？", "奥运标志有几个环？", "比较北京和上海。",
    "亚洲和非洲哪个大？", "查一下高铁时刻。", "查查我的星座运势。", "搜一双便宜的鞋。", "找一个牙医。", "查一下“缘分”这个词。", "长颈鹿有多高？", "月球离我们多远？",
    "故宫有多少间房？", "足球场有多大？", "长江经过哪些省份？", "德国有哪些河？", "匈牙利与哪些国家接壤？", "马丘比丘在哪个国家？", "欧洲最长的河是哪条？", "印度有多少个邦？",
    "意大利东边是什么海？", "罗马第一位皇帝是谁？", "凡尔赛宫是谁修建的？", "加纳有多少人？", "贝加尔湖在哪里？", "《魔笛》的作曲家是谁？", "《傲慢与偏见》是谁的小说？", "哪位画家割掉了耳朵？",
    "温网比的是什么运动？", "橄榄球队有几个人？", "世界上有几个大洋？", "赤道穿过哪些国家？", "瑞士的官方语言有哪些？", "亚马逊河在哪个洲？", "丝绸之路从哪里开始？", "秦朝有多少年？",
    "唐朝的首都在哪？", "哪座城市最早办奥运会？", "地中海周围有哪些国家？", "喜马拉雅山在哪里？", "打嗝怎么办？", "鸡蛋煮几分钟？", "咖啡渍怎么去掉？", "吉他怎么调音？",
    "白菜能做什么菜？", "演讲有什么技巧？", "我睡不着怎么办？", "我和妹妹吵架了。", "航班取消了怎么办？", "给我们队起个名。", "冬天有什么爱好推荐？", "给牙膏写句广告语。",
    "给老师写封感谢信。", "编一个睡前故事。", "帮我改英语句子。", "学生用哪款电脑好？", "租房好还是买房好？", "阳台上怎么种菜？", "吃饭给多少小费？", "门吱吱响怎么修？",
    "代码死循环了怎么办？", "git怎么合并分支？", "把这个JSON转成YAML。", "Java里static是什么意思？", "写一个bash循环。", "核电安全吗？", "什么叫经济衰退？", "利率由谁决定？",
    "陪审团是怎么工作的？", "柏拉图讲了什么？", "罗马为什么灭亡？", "第一次世界大战怎么爆发的？", "潜水艇怎么下潜？", "猫为什么总是脚着地？", "蜘蛛怎么织网？", "人为什么会起鸡皮疙瘩？",
    "鸟怎么认路？", "暗物质是什么？", "古筝难学吗？", "周末去哪玩？", "怎么哄女朋友开心？", "宫保鸡丁用什么调料？", "米饭夹生了怎么补救？", "我想换工作。",
    "帮我取个网名。", "孩子不爱吃饭怎么办？",
)  # fmt: skip
