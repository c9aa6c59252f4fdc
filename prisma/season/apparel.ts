import type { MerchandiseSpec, VariantSpec } from './spec.ts'

const sizes = (...stock: number[]): VariantSpec[] =>
  ['S', 'M', 'L', 'XL', 'XXL'].flatMap((size, index): VariantSpec[] => {
    const units = stock[index]
    return units === undefined ? [] : [[size, units]]
  })

export const apparel: readonly MerchandiseSpec[] = [
  {
    slug: 'kaos-gelora-kampus',
    sku: 'GK-KAOS',
    name: 'Kaos Gelora Kampus',
    organizer: 'gelora',
    event: 'gelora-kampus',
    categories: ['pakaian', 'kaos'],
    tags: ['kaos', 'katun', 'resmi'],
    description:
      'Kaos resmi Gelora Kampus dari katun combed 24s, sablon plastisol di dada dan daftar penampil di punggung. Potongan reguler, nyaman dipakai berdesakan.',
    rupiah: 135_000,
    variants: [
      ['S', 120, { compareAt: 160_000 }],
      ['M', 250, { compareAt: 160_000, sold: 4 }],
      ['L', 250, { compareAt: 160_000, sold: 6 }],
      ['XL', 12, { compareAt: 160_000, sold: 12 }],
      ['XXL', 60, { rupiah: 145_000, compareAt: 170_000 }],
    ],
  },
  {
    slug: 'hoodie-gelora-kampus',
    sku: 'GK-HOODIE',
    name: 'Hoodie Gelora Kampus',
    organizer: 'gelora',
    event: 'gelora-kampus',
    categories: ['pakaian', 'hoodie'],
    tags: ['hoodie', 'hangat', 'resmi'],
    description:
      'Hoodie fleece tebal untuk malam Bandung, bordir di dada kiri dan kantong kanguru yang muat dua tangan serta satu gorengan.',
    rupiah: 295_000,
    variants: [
      ['M', 60, { sold: 2 }],
      ['L', 60, { sold: 1 }],
      ['XL', 40],
      ['XXL', 20, { rupiah: 310_000 }],
    ],
  },
  {
    slug: 'topi-gelora-kampus',
    sku: 'GK-TOPI',
    name: 'Topi Gelora Kampus',
    organizer: 'gelora',
    event: 'gelora-kampus',
    categories: ['aksesori', 'topi'],
    tags: ['topi', 'kanvas'],
    description:
      'Topi bisbol kanvas dengan bordir ayam jago kampus. Tali pengatur dari kuningan, satu ukuran untuk semua.',
    rupiah: 95_000,
    variants: [
      ['Hitam', 150, { sold: 3 }],
      ['Hijau lumut', 80],
    ],
  },
  {
    slug: 'jaket-almamater-gelora',
    sku: 'GN-JAKET',
    name: 'Jaket Varsity Gelora Nusantara',
    organizer: 'gelora',
    categories: ['pakaian', 'jaket'],
    tags: ['jaket', 'varsity'],
    description:
      'Jaket varsity dua warna dengan lengan kulit sintetis dan huruf G dari handuk bordir. Dibuat sekali setahun.',
    rupiah: 425_000,
    variants: sizes(15, 40, 40, 20),
  },
  {
    slug: 'kaos-lari-gedung-sate',
    sku: 'LG-KAOS',
    name: 'Kaos Lari Gedung Sate',
    organizer: 'gelora',
    event: 'lari-pagi-gedung-sate',
    categories: ['pakaian', 'kaos', 'olahraga'],
    tags: ['lari', 'cepat kering'],
    description:
      'Kaos lari berbahan cepat kering seberat seratus gram, dengan siluet tusuk sate yang menyala terkena lampu kendaraan.',
    rupiah: 165_000,
    variants: sizes(80, 160, 160, 80, 30),
  },
  {
    slug: 'kaus-kaki-lari',
    sku: 'LG-KAKI',
    name: 'Kaus Kaki Lari Anti Lecet',
    organizer: 'gelora',
    event: 'lari-pagi-gedung-sate',
    categories: ['olahraga', 'aksesori'],
    tags: ['lari', 'kaus kaki'],
    description: 'Rajutan ganda di tumit dan jari supaya sepuluh kilometer selesai tanpa lecet. Satu pasang.',
    rupiah: 55_000,
    variants: [
      ['36–39', 200],
      ['40–44', 240],
    ],
  },
  {
    slug: 'jersey-liga-futsal',
    sku: 'FK-JERSEY',
    name: 'Jersey Final Liga Futsal Kampus',
    organizer: 'gelora',
    event: 'liga-futsal-kampus',
    categories: ['pakaian', 'jersey', 'olahraga'],
    tags: ['futsal', 'jersey'],
    description:
      'Jersey edisi final dengan motif kotak-kotak papan skor. Nomor punggung dapat ditempel di stan.',
    rupiah: 185_000,
    variants: [
      ['M', 90, { compareAt: 220_000 }],
      ['L', 90, { compareAt: 220_000 }],
      ['XL', 50, { compareAt: 220_000 }],
    ],
  },
  {
    slug: 'kaos-riuh-rendah-album-dua',
    sku: 'RR-KAOS',
    name: 'Kaos Tur Riuh Rendah',
    organizer: 'panggung',
    event: 'riuh-rendah-bandung',
    categories: ['pakaian', 'kaos'],
    tags: ['band', 'tur', 'kaos'],
    description:
      'Kaos tur hitam dengan gambar sampul album kedua, jadwal kota di punggung, dan satu kota yang sengaja salah eja.',
    rupiah: 175_000,
    variants: [
      ['S', 30, { sold: 2 }],
      ['M', 60, { sold: 5 }],
      ['L', 10, { sold: 10 }],
      ['XL', 40, { sold: 3 }],
    ],
  },
  {
    slug: 'hoodie-riuh-rendah',
    sku: 'RR-HOODIE',
    name: 'Hoodie Riuh Rendah',
    organizer: 'panggung',
    categories: ['pakaian', 'hoodie'],
    tags: ['band', 'hoodie'],
    description:
      'Hoodie abu misty dengan lirik lagu penutup dibordir melingkari pergelangan tangan, hanya terbaca oleh pemakainya.',
    rupiah: 345_000,
    variants: sizes(20, 35, 35, 20),
  },
  {
    slug: 'kaos-gigi-baja',
    sku: 'GB-KAOS',
    name: 'Kaos Gigi Baja',
    organizer: 'panggung',
    event: 'gigi-baja-surabaya',
    categories: ['pakaian', 'kaos'],
    tags: ['metal', 'hitam'],
    description:
      'Logo yang tidak terbaca, bahan yang tidak luntur. Sablon discharge pada katun 20s hitam pekat.',
    rupiah: 155_000,
    variants: sizes(40, 80, 80, 60, 40),
  },
  {
    slug: 'kemeja-batik-laweyan',
    sku: 'KL-BATIK',
    name: 'Kemeja Batik Keroncong',
    organizer: 'panggung',
    event: 'malam-keroncong-laweyan',
    categories: ['pakaian', 'batik'],
    tags: ['batik', 'cap', 'solo'],
    description:
      'Kemeja batik cap motif biola dan selo, dikerjakan perajin Laweyan dengan pewarna alami. Setiap lembar sedikit berbeda.',
    rupiah: 385_000,
    variants: [
      ['M', 25, { compareAt: 450_000 }],
      ['L', 25, { compareAt: 450_000 }],
      ['XL', 15, { compareAt: 450_000 }],
    ],
  },
  {
    slug: 'jaket-angin-merapi',
    sku: 'MT-ANGIN',
    name: 'Jaket Angin Lereng Merapi',
    organizer: 'rasa',
    event: 'lereng-merapi-trail',
    categories: ['pakaian', 'jaket', 'olahraga'],
    tags: ['trail', 'ringan'],
    description:
      'Jaket angin yang terlipat seukuran kepal. Garis kontur gunung tercetak di punggung, peluit darurat di ritsleting.',
    rupiah: 320_000,
    variants: [
      ['S', 20],
      ['M', 45, { sold: 2 }],
      ['L', 45, { sold: 1 }],
      ['XL', 20],
    ],
  },
  {
    slug: 'bandana-merapi',
    sku: 'MT-BANDANA',
    name: 'Bandana Serbaguna Merapi',
    organizer: 'rasa',
    event: 'lereng-merapi-trail',
    categories: ['aksesori', 'olahraga'],
    tags: ['trail', 'bandana'],
    description:
      'Penutup leher, masker abu, ikat kepala. Kain mikrofiber tanpa jahitan yang kering dalam sepuluh menit.',
    rupiah: 48_000,
    variants: [
      ['Abu vulkanik', 180, { sold: 5 }],
      ['Jingga lava', 120],
    ],
  },
  {
    slug: 'celemek-marandang',
    sku: 'HM-CELEMEK',
    name: 'Celemek Marandang',
    organizer: 'rasa',
    event: 'hari-merandang',
    categories: ['dapur', 'pakaian'],
    tags: ['memasak', 'celemek'],
    description:
      'Celemek kanvas tebal bersaku dua dengan tulisan "Jan diaduak juo" di dada. Tahan percikan santan mendidih.',
    rupiah: 110_000,
    variants: [
      ['Merah marun', 80],
      ['Hitam', 80],
    ],
  },
]
