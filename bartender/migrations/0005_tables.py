import bartender.models.tables
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bartender', '0004_agents'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='orderline',
            options={'ordering': ['id'], 'permissions': [('ring_in_by_staff', 'May open tabs and ring in drinks'), ('move_by_staff', 'May move drinks from one tab to another')]},
        ),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, unique=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Table',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Its number, or what it is called: guests read it, too.', max_length=20)),
                ('code', models.CharField(default=bartender.models.tables.new_table_code, editable=False, max_length=10, unique=True, validators=[django.core.validators.RegexValidator('^[23456789abcdefghjkmnpqrstuvwxyz]{10}$')])),
                ('is_active', models.BooleanField(default=True, help_text='Untick it to retire the table: its QR card seats nobody any more.', verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tables', to='bartender.area')),
            ],
            options={
                'ordering': ['area__position', 'area__name', 'position', 'name'],
                'constraints': [models.UniqueConstraint(fields=('area', 'name'), name='table_once_per_area')],
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Such as: seat 2, by the window.', max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('table', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='bartender.table')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('table', 'name'), name='seat_once_per_table')],
            },
        ),
        migrations.AddField(
            model_name='visit',
            name='table',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visits', to='bartender.table'),
        ),
        migrations.AddField(
            model_name='visit',
            name='seat',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visits', to='bartender.seat'),
        ),
        migrations.AddField(
            model_name='visit',
            name='place',
            field=models.CharField(blank=True, db_default='', default='', help_text='The table and seat, as they were called when the guest sat down.', max_length=66),
        ),
    ]
